import { z } from 'zod';
import { modalComponents } from '#bots/discord/modal.ts';

const snowflake = z.string().regex(/^\d{1,20}$/);
const user = z.object({
  id: snowflake,
  username: z.string(),
  global_name: z.string().nullish(),
  bot: z.boolean().nullish(),
});
const attachment = z.object({
  filename: z.string(),
  title: z.string().nullish(),
  size: z.number(),
  url: z.string(),
  content_type: z.string().nullish(),
});
const named = z.object({ name: z.string().nullish() });
const option = z.object({
  name: z.string(),
  type: z.number(),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
  focused: z.boolean().optional(),
});

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object */
export const interactionPayload = z.object({
  id: snowflake,
  application_id: snowflake,
  type: z.number(),
  token: z.string(),
  guild_id: snowflake.nullish(),
  channel_id: snowflake.nullish(),
  channel: z
    .object({
      id: snowflake,
      type: z.number(),
      name: z.string().nullish(),
      parent_id: snowflake.nullish(),
      nsfw: z.boolean().nullish().catch(undefined),
    })
    .nullish(),
  member: z.object({ user, nick: z.string().nullish(), roles: z.array(z.string()), permissions: z.string() }).nullish(),
  user: user.nullish(),
  locale: z.string().nullish(),
  app_permissions: z.string().nullish(),
  authorizing_integration_owners: z.record(z.string(), z.string()).nullish(),
  context: z.number().nullish(),
  attachment_size_limit: z.number().nullish(),
  data: z
    .object({
      name: z.string().optional(),
      custom_id: z.string().optional(),
      values: z.array(z.string()).optional(),
      components: modalComponents.optional(),
      options: z.array(option).optional(),
      resolved: z
        .object({
          attachments: z.record(z.string(), attachment).optional(),
          // Of whom and what texts mention.
          users: z.record(z.string(), user).optional().catch(undefined),
          members: z
            .record(z.string(), z.object({ nick: z.string().nullish() }))
            .optional()
            .catch(undefined),
          roles: z.record(z.string(), named).optional().catch(undefined),
          channels: z.record(z.string(), named).optional().catch(undefined),
        })
        .optional(),
    })
    .optional(),
});
export type InteractionPayload = z.infer<typeof interactionPayload>;

/** https://docs.discord.com/developers/resources/message#message-object, with what MESSAGE_CREATE adds. */
const answeredPayload = z.object({
  id: snowflake,
  channel_id: snowflake,
  author: z.object({ id: snowflake }),
  attachments: z.array(attachment).nullish(),
});

export const messagePayload = z.object({
  id: snowflake,
  type: z.number(),
  channel_id: snowflake,
  guild_id: snowflake.nullish(),
  author: user,
  webhook_id: z.string().nullish(),
  content: z.string(),
  mentions: z.array(user).nullish(),
  member: z.object({ nick: z.string().nullish(), roles: z.array(z.string()) }).nullish(),
  attachments: z.array(attachment).nullish(),
  /** Missing where nobody looked it up, null where it is gone. */
  referenced_message: answeredPayload.nullish().catch(undefined),
});
export type User = z.infer<typeof user>;
export type Attachment = z.infer<typeof attachment>;
export type AnsweredPayload = z.infer<typeof answeredPayload>;
