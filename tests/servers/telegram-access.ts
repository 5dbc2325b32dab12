import { flagOf, integerOf, objectOf, stringOf } from '#tests/servers/telegram-arguments.ts';
import { ApiRefusal, badRequest, forbidden, tooManyRequests } from '#tests/servers/telegram-faults.ts';
import type { ApiLimits } from '#tests/servers/telegram-limits.ts';
import type { Updates } from '#tests/servers/telegram-updates.ts';
import {
  addMessage,
  type Chat,
  isAdmin,
  isIn,
  type Json,
  type Message,
  type MessageDraft,
  type Sendable,
  statusOf,
  type World,
} from '#tests/servers/telegram-world.ts';

/** A pressed button that waits for `answerCallbackQuery`. */
export interface Press {
  at: number;
  answer?: { text?: string; alert: boolean; url?: string };
}

/** What the methods work on. */
export interface Api {
  world: World;
  limits: ApiLimits;
  updates: Updates;
  presses: Map<string, Press>;
  /** Commands by scope and language. */
  commands: Map<string, { command: string; description: string }[]>;
  /** Takes places in the flood limits; returns the wait in milliseconds, 0 when taken. */
  take(chatId: number, isGroup: boolean, count: number): number;
  violate(sentence: string): void;
  /** The bot hears in groups only what is meant for it. */
  privacyMode: boolean;
}

export type Access = 'read' | 'write';

/** The chat a call names. @throws {ApiRefusal} when the bot cannot reach it. */
export function requireChat({ world }: Pick<Api, 'world'>, params: Json, access: Access, name = 'chat_id'): Chat {
  const wanted = stringOf(params, name);
  if (wanted === '') throw badRequest(`${name} is empty`);
  const chat = wanted.startsWith('@') ? chatNamed(world, wanted.slice(1)) : world.chats.get(Number(wanted));
  if (!chat) {
    const user = world.users.get(Number(wanted));
    if (user?.isBot && access === 'write') throw forbidden("bots can't send messages to bots");
    if (user && access === 'write') throw forbidden("bot can't initiate conversation with a user");
    throw badRequest('chat not found');
  }
  if (chat.type === 'private') {
    const user = world.users.get(chat.id);
    if (access === 'write' && user?.deactivated) throw forbidden('user is deactivated');
    if (access === 'write' && user?.blocked) throw forbidden('bot was blocked by the user');
    return chat;
  }
  if (access === 'write' && chat.migratedTo !== undefined) {
    const parameters = { migrate_to_chat_id: chat.migratedTo };
    throw new ApiRefusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', parameters);
  }
  if (statusOf(chat, world.bot.id) === 'kicked') throw forbidden(`bot was kicked from the ${chat.type} chat`);
  const isOpen = access === 'read' && chat.username !== undefined;
  if (!isIn(chat, world.bot.id) && !isOpen) throw forbidden(`bot is not a member of the ${chat.type} chat`);
  return chat;
}

function chatNamed(world: World, username: string): Chat | undefined {
  const wanted = username.toLowerCase();
  return [...world.chats.values()].find((chat) => chat.username?.toLowerCase() === wanted);
}

const sendableNames = { text: 'text messages', photos: 'photos', documents: 'documents' };

/** @throws {ApiRefusal} when the bot may not send this here. */
export function requireRight({ world }: Pick<Api, 'world'>, chat: Chat, what: Sendable): void {
  if (chat.type === 'private' || isAdmin(chat, world.bot.id)) return;
  if (chat.type === 'channel') throw badRequest('need administrator rights in the channel chat');
  const own = chat.members.get(world.bot.id);
  if (chat.forbidden.has(what) || (own?.status === 'restricted' && own.forbidden.has(what))) {
    throw badRequest(`not enough rights to send ${sendableNames[what]} to the chat`);
  }
}

type Place = Pick<MessageDraft, 'threadId' | 'inTopic' | 'replyTo'>;

/** Where in the chat a message goes. @throws {ApiRefusal} */
export function placeOf({ world }: Pick<Api, 'world'>, chat: Chat, params: Json): Place {
  const threadId = integerOf(params, 'message_thread_id');
  const replied = repliedTo(chat, params);
  const place: Place = replied ? { replyTo: replied.id } : {};
  if (!chat.forum) {
    if (threadId !== undefined && threadId !== 0) throw badRequest('message thread not found');
    return chat.type === 'supergroup' && replied ? { ...place, threadId: replied.threadId ?? replied.id } : place;
  }
  const wanted = threadId ?? (replied?.inTopic ? replied.threadId : undefined);
  if (wanted === undefined || wanted === 0) return place;
  const topic = chat.topics.get(wanted);
  if (!topic) throw badRequest('message thread not found');
  if (topic.closed && !isAdmin(chat, world.bot.id)) throw badRequest('TOPIC_CLOSED');
  return { ...place, threadId: wanted, inTopic: true };
}

function repliedTo(chat: Chat, params: Json): Message | undefined {
  const reply = objectOf(params, 'reply_parameters', 'ReplyParameters');
  if (!reply) return undefined;
  const message = chat.messages.get(integerOf(reply, 'message_id') ?? 0);
  if (!message && !flagOf(reply, 'allow_sending_without_reply')) throw badRequest('message to be replied not found');
  return message;
}

/** What every send takes besides its content. @throws {ApiRefusal} */
export function envelopeOf(api: Pick<Api, 'world'>, chat: Chat, params: Json): Omit<MessageDraft, 'content'> {
  return {
    ...(chat.type === 'channel' ? { senderChat: chat } : { from: api.world.bot }),
    ...placeOf(api, chat, params),
    silent: flagOf(params, 'disable_notification'),
    protected: flagOf(params, 'protect_content'),
  };
}

/** Counts a message or an edit. @throws {ApiRefusal} 429 when the bot is too fast. */
export function spend(api: Pick<Api, 'take'>, chat: Chat, count = 1): void {
  const waitMs = api.take(chat.id, chat.type !== 'private', count);
  if (waitMs > 0) throw tooManyRequests(waitMs);
}

/** Posts messages that belong together. @throws {ApiRefusal} 429 when the bot is too fast. */
export function post(api: Pick<Api, 'world' | 'take'>, chat: Chat, drafts: readonly MessageDraft[]): Message[] {
  spend(api, chat, drafts.length);
  return drafts.map((draft) => addMessage(api.world, chat, draft));
}
