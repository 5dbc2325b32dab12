import type { CallbackQuery, Message } from '#bots/telegram/api.ts';
import { readFiles, readRepliedPictures } from '#bots/telegram/inbound-files.ts';
import { readWords } from '#bots/telegram/inbound-words.ts';
import type { FileRef, Mention, RepliedTo } from '#core/ports/chat.ts';

/** The bot as its own account. */
export interface Me {
  id: number;
  username: string;
}

/** One thing that a person said or pressed, as far as its payload tells. */
export interface Heard {
  deliveryKey: string;
  text: string;
  bare: boolean;
  /** Not said to us by our name, but below a message of ours. */
  overheard?: true;
  files: FileRef[];
  /** The message that is answered, with its pictures where it is ours. */
  repliesTo?: RepliedTo;
  chat: { id: number; name: string; isPrivate: boolean };
  topicId?: number;
  /** The message that an answer belongs to. */
  messageId: number;
  /** The callback query that waits for an answer. */
  callbackId?: string;
  account: { id: number; name: string; username?: string };
  mentions?: Mention[];
  /** The account is the group itself: an administrator who stays anonymous. */
  isAnonymousAdmin: boolean;
  locale?: string;
}

/**
 * What a message asks for; an album's messages are one. Null for what is not said to the bot: talk of a group, other
 * bots' commands and messages, service messages.
 */
export function readMessage(messages: readonly Message[], me: Me): Heard | null {
  const message = messages.find((each) => (each.caption ?? '') !== '') ?? messages[0];
  if (!message) return null;
  const account = accountOf(message);
  if (!account || message.is_automatic_forward) return null;
  const isPrivate = message.chat.type === 'private';
  const files = messages.flatMap(readFiles);
  const words = readWords(message, { me, isPrivate, hasFiles: files.length > 0 });
  if (!words) return null;
  const replied = message.reply_to_message;
  const isOurs = replied?.from?.id === me.id;
  return {
    deliveryKey: `message:${message.chat.id}:${message.message_id}`,
    text: words.text,
    bare: words.bare,
    ...(words.overheard ? { overheard: true } : {}),
    files: [...files, ...(words.withReplied && !isOurs ? readRepliedPictures(message) : [])],
    ...(replied ? { repliesTo: repliedTo(replied, isOurs ? readRepliedPictures(message) : []) } : {}),
    ...placeOf(message),
    messageId: message.message_id,
    account,
    ...readMentions(message, me),
    isAnonymousAdmin: message.sender_chat?.id === message.chat.id,
    ...localeOf(message.from),
  };
}

/** What a pressed button asks for; null where the button is not of a chat or carries nothing. */
export function readCallback(query: CallbackQuery): Heard | null {
  const { message, data, from } = query;
  if (!message || data === undefined) return null;
  return {
    deliveryKey: `callback:${query.id}`,
    text: data,
    bare: false,
    files: [],
    ...placeOf(message),
    messageId: message.message_id,
    callbackId: query.id,
    account: personOf(from),
    isAnonymousAdmin: false,
    ...localeOf(from),
  };
}

function repliedTo({ chat, message_id: id }: NonNullable<Message['reply_to_message']>, pictures: FileRef[]): RepliedTo {
  return { channel: String(chat.id), message: String(id), ...(pictures.length > 0 ? { pictures } : {}) };
}

function accountOf({ from, sender_chat: senderChat }: Message): Heard['account'] | null {
  if (senderChat) return { id: senderChat.id, name: titleOf(senderChat) };
  if (!from || from.is_bot) return null;
  return personOf(from);
}

function personOf(from: CallbackQuery['from']): Heard['account'] {
  return { id: from.id, name: nameOf(from), ...(from.username ? { username: from.username } : {}) };
}

/** People without a username come as themselves; of one that is typed Telegram says nothing else. */
function readMentions(message: Message, me: Me): { mentions?: Mention[] } {
  const text = message.text ?? message.caption ?? '';
  const mentions = (message.entities ?? message.caption_entities ?? []).flatMap((entity): Mention[] => {
    const typed = text.slice(entity.offset, entity.offset + entity.length);
    if (entity.type === 'mention' && typed.slice(1).toLowerCase() !== me.username.toLowerCase())
      return [{ typed, kind: 'account', name: typed.slice(1) }];
    if (entity.type !== 'text_mention' || entity.user.id === me.id) return [];
    return [{ typed, kind: 'account', platformId: String(entity.user.id), name: nameOf(entity.user) }];
  });
  return mentions.length > 0 ? { mentions } : {};
}

type AnyMessage = Message | NonNullable<CallbackQuery['message']>;

function placeOf(message: AnyMessage): Pick<Heard, 'chat' | 'topicId'> {
  const { chat } = message;
  const isTopic = 'is_topic_message' in message && message.is_topic_message;
  return {
    chat: { id: chat.id, name: titleOf(chat), isPrivate: chat.type === 'private' },
    // Outside of forums it names a chain of replies, where nothing can be posted.
    ...(isTopic && message.message_thread_id !== undefined ? { topicId: message.message_thread_id } : {}),
  };
}

function titleOf(chat: AnyMessage['chat']): string {
  if (chat.title !== undefined) return chat.title;
  return 'first_name' in chat && chat.first_name ? nameOf({ ...chat, first_name: chat.first_name }) : String(chat.id);
}

function nameOf({ first_name, last_name }: { first_name: string; last_name?: string | undefined }): string {
  return [first_name, last_name].filter((name) => name).join(' ');
}

function localeOf(from: { language_code?: string | undefined } | undefined): { locale?: string } {
  return from?.language_code ? { locale: from.language_code } : {};
}
