import { type Conversation, DeliveryError, type MessageRef } from '#core/ports/chat.ts';

/** A place to post in; `topicId` is a forum topic's message_thread_id. */
export interface Place {
  chatId: number;
  topicId?: number;
}

export function toConversation({ chatId, topicId }: Place): Conversation {
  return {
    platform: 'telegram',
    channel: String(chatId),
    ...(topicId === undefined ? {} : { thread: String(topicId) }),
  };
}

/** @throws {DeliveryError} for what is no conversation of Telegram's. */
export function toPlace(conversation: Conversation): Place {
  const chatId = readId(conversation.channel);
  return conversation.thread === undefined ? { chatId } : { chatId, topicId: readId(conversation.thread) };
}

/** What kind of message was sent, as each is edited in its own way; an album is several messages. */
export interface SentMessage {
  chatId: number;
  kind: 'text' | 'photo' | 'document';
  messageIds: readonly number[];
}

export function toRef({ chatId, kind, messageIds }: SentMessage): MessageRef {
  return {
    platform: 'telegram',
    channel: String(chatId),
    message: `${kind}:${messageIds.join(',')}`,
    messages: messageIds.map(String),
  };
}

/** @throws {DeliveryError} for what is no message of Telegram's. */
export function toSentMessage(ref: MessageRef): SentMessage {
  const [, kind, ids] = /^(text|photo|document):(\d+(?:,\d+)*)$/.exec(ref.message) ?? [];
  if (!ids) throw new DeliveryError('bad_request', `no such message: ${ref.message}`, { retryable: false });
  return {
    chatId: readId(ref.channel),
    kind: kind as SentMessage['kind'],
    messageIds: ids.split(',').map(Number),
  };
}

function readId(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new DeliveryError('bad_request', `no such chat: ${text}`, { retryable: false });
  return Number(text);
}
