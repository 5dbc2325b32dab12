import { type Conversation, DeliveryError, type MessageRef } from '#core/ports/delivery.ts';
import type { OutgoingImage } from '#core/ports/message.ts';

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
  /** What each message shows, as `slotOf` names it; none for text, and for what an older version sent. */
  slots?: readonly string[];
}

/** How a message's picture is known when the message is edited. */
export function slotOf({ slot, name }: Pick<OutgoingImage, 'slot' | 'name'>): string {
  return slot ?? name;
}

export function toRef({ chatId, kind, messageIds, slots }: SentMessage): MessageRef {
  const items = messageIds.map((id, index) => {
    const slot = slots?.[index];
    return slot === undefined ? String(id) : `${id}=${encodeURIComponent(slot)}`;
  });
  return {
    platform: 'telegram',
    channel: String(chatId),
    message: `${kind}:${items.join(',')}`,
    messages: messageIds.map(String),
  };
}

/** @throws {DeliveryError} for what is no message of Telegram's. */
export function toSentMessage(ref: MessageRef): SentMessage {
  const [, kind, items] = /^(text|photo|document):(\d+(?:=[^,=]*)?(?:,\d+(?:=[^,=]*)?)*)$/.exec(ref.message) ?? [];
  if (!items) throw new DeliveryError('bad_request', `no such message: ${ref.message}`, { retryable: false });
  const pairs = items.split(',').map((item) => item.split('='));
  const slots = pairs.flatMap(([, slot]) => (slot === undefined ? [] : [decodeURIComponent(slot)]));
  return {
    chatId: readId(ref.channel),
    kind: kind as SentMessage['kind'],
    messageIds: pairs.map(([id]) => Number(id)),
    ...(slots.length === pairs.length ? { slots } : {}),
  };
}

function readId(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new DeliveryError('bad_request', `no such chat: ${text}`, { retryable: false });
  return Number(text);
}
