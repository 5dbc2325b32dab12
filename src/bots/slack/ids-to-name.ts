import { unnamedIn } from '#bots/slack/typed-text.ts';

/** Whether it takes questions to Slack to read a payload as it was typed. */
export function lacksNames(payload: unknown): boolean {
  const { type } = (payload ?? {}) as { type?: unknown };
  if (type !== 'event_callback' && type !== 'message_action') return false;
  return Object.values(idsToName(payload)).some((ids) => ids.length > 0);
}

/** People, channels and user groups whose names have to be looked up before a payload can be read as it was typed. */
export function idsToName(payload: unknown): ReturnType<typeof unnamedIn> {
  const { type, event, message, authorizations } = (payload ?? {}) as {
    type?: unknown;
    event?: { text?: unknown };
    message?: { text?: unknown };
    authorizations?: { user_id?: unknown }[];
  };
  const text = type === 'event_callback' ? event?.text : type === 'message_action' ? message?.text : undefined;
  if (typeof text !== 'string' || !text.includes('<')) return { users: [], channels: [], groups: [] };
  const { users, ...others } = unnamedIn(text);
  return { users: users.filter((user) => authorizations?.[0]?.user_id !== user), ...others };
}
