import type { Conversation, MessageRef } from '#core/ports/delivery.ts';

/** A channel, or the thread below a message (`ts` of its parent). */
export function conversationOf(channel: string, thread?: string): Conversation {
  return { platform: 'slack', channel, ...(thread === undefined ? {} : { thread }) };
}

/** A message's address: its channel and its `ts`. */
export function refOf(channel: string, ts: string): MessageRef {
  return { platform: 'slack', channel, message: ts };
}

/** The thread to reply in: the conversation's own, as Slack's have no second level, else the one below the card. */
export function threadFor(to: Conversation, card?: MessageRef): string | undefined {
  if (to.thread !== undefined) return to.thread;
  return card?.channel === to.channel ? card.message : undefined;
}
