import { type Conversation, DeliveryError, type MessageRef } from '#core/ports/delivery.ts';

/** A thread's messages are in a channel of its own; settings hold for the channel around it. */
export function conversationOf(channel: { id: string; parentId?: string | undefined }): Conversation {
  if (channel.parentId === undefined) return { platform: 'discord', channel: channel.id };
  return { platform: 'discord', channel: channel.parentId, thread: channel.id };
}

/** The channel that messages of a conversation are sent to. */
export function targetOf(conversation: Conversation): string {
  return requireSnowflake(conversation.thread ?? conversation.channel);
}

export function messageRefOf(message: { id: string; channel_id: string }): MessageRef {
  return { platform: 'discord', channel: message.channel_id, message: message.id };
}

/** Path of a message, below the API's own. */
export function messagePath(ref: MessageRef): `/${string}` {
  return `/channels/${requireSnowflake(ref.channel)}/messages/${requireSnowflake(ref.message)}`;
}

/** https://docs.discord.com/developers/reference#snowflakes */
function requireSnowflake(id: string): string {
  if (!/^\d{1,20}$/.test(id)) throw new DeliveryError('bad_request', 'not an id of Discord', { retryable: false });
  return id;
}
