import { z } from 'zod';
import { attachedFiles } from '#bots/slack/attached-files.ts';
import { formCallback, wordsCallback } from '#bots/slack/form.ts';

const id = z.string().min(1);
/** Often missing, null or empty. */
const maybe = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const words = maybe.transform((value) => value ?? '');

const team = z.object({ id, domain: maybe }).nullish();
const enterprise = z.object({ id, name: maybe }).nullish();

/** docs.slack.dev/reference/events/app_mention and message.im */
const message = z.object({
  type: z.enum(['app_mention', 'message']),
  channel: id,
  channel_type: maybe,
  user: id,
  text: words,
  ts: id,
  thread_ts: maybe,
  subtype: maybe,
  bot_id: maybe,
  files: attachedFiles.nullish(),
});

export const eventCallback = z.object({
  type: z.literal('event_callback'),
  team_id: maybe,
  enterprise_id: maybe,
  authorizations: z.array(z.object({ user_id: maybe, is_bot: z.boolean().nullish() })).default([]),
  event: message,
});

export const workspaceEvent = z.object({
  type: z.literal('event_callback'),
  team_id: id,
  event: z.discriminatedUnion('type', [
    z.object({ type: z.literal('user_change'), user: z.object({ id }).optional().catch(undefined) }),
    z.object({ type: z.enum(['subteam_created', 'subteam_updated', 'subteam_members_changed']) }),
    z.object({ type: z.literal('app_uninstalled') }),
    z.object({ type: z.literal('tokens_revoked'), tokens: z.object({ bot: z.array(z.string()).default([]) }) }),
  ]),
});

const interaction = { team, enterprise, user: z.object({ id, team_id: maybe }) };
const channel = z.object({ id, name: words });

/** docs.slack.dev/reference/interaction-payloads, as all below */
export const press = z.object({
  type: z.literal('block_actions'),
  ...interaction,
  channel,
  container: z.object({ message_ts: id, thread_ts: maybe }),
  message: z.object({ thread_ts: maybe }).nullish(),
  actions: z
    .array(
      z.object({
        value: maybe,
        selected_option: z.object({ value: id }).nullish(),
        action_id: id,
        action_ts: words,
      }),
    )
    .min(1),
  response_url: z.string(),
  trigger_id: maybe,
});

export const shortcut = z.object({
  type: z.literal('message_action'),
  ...interaction,
  callback_id: z.literal(formCallback),
  channel,
  api_app_id: maybe,
  message: z.object({ ts: id, thread_ts: maybe, text: words, app_id: maybe, files: attachedFiles.nullish() }),
  trigger_id: id,
  response_url: z.string(),
});

export const submission = z.object({
  type: z.literal('view_submission'),
  ...interaction,
  /** Another for each time that the same form is sent. */
  trigger_id: maybe,
  view: z.object({
    id,
    callback_id: z.enum([formCallback, wordsCallback]),
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  }),
});

/** Who did it and where, as all interactions say it. */
export type Interaction = Pick<z.infer<typeof press>, 'team' | 'enterprise' | 'user' | 'channel'>;
export type MessageEvent = z.infer<typeof message>;
