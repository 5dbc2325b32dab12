import { EventEmitter } from 'node:events';

export type Json = Record<string, unknown>;

export type ChatType = 'private' | 'group' | 'supergroup' | 'channel';
export type MemberStatus = 'creator' | 'administrator' | 'member' | 'restricted' | 'left' | 'kicked';
/** What a chat or a restriction can forbid. */
export type Sendable = 'text' | 'photos' | 'documents';

export interface User {
  id: number;
  isBot: boolean;
  firstName: string;
  lastName?: string;
  username?: string;
  languageCode?: string;
  /** Opened a private chat with the bot. */
  started: boolean;
  /** Blocked the bot. */
  blocked: boolean;
  /** The account was deleted. */
  deactivated: boolean;
}

export interface Member {
  status: MemberStatus;
  /** An administrator who writes as the chat. */
  anonymous: boolean;
  /** Of a restricted member. */
  forbidden: ReadonlySet<Sendable>;
}

export interface Topic {
  id: number;
  name: string;
  closed: boolean;
}

/** A formatted span, in UTF-16 code units, as the Bot API names it. */
export interface Entity {
  type: string;
  offset: number;
  length: number;
  url?: string;
  userId?: number;
  language?: string;
  customEmojiId?: string;
}

export interface Formatted {
  text: string;
  entities: readonly Entity[];
}

export interface StoredFile {
  /** Also of its smaller sizes: the id with a suffix. */
  id: string;
  kind: 'photo' | 'document';
  /** Path below `/file/bot<token>/`. */
  path: string;
  name: string;
  type: string;
  bytes: Uint8Array;
  width?: number;
  height?: number;
  /** Smaller forms of a photo, smallest first. */
  sizes: readonly StoredFile[];
}

export interface Button {
  label: string;
  data?: string;
  url?: string;
  copyText?: string;
  style?: string;
  raw: Json;
}

export interface Message {
  id: number;
  chatId: number;
  date: number;
  editDate?: number;
  /** Missing for posts of a channel. */
  from?: User;
  senderChat?: Chat;
  /** Text, or the caption of media. */
  content: Formatted;
  media?: { file: StoredFile; spoiler: boolean };
  album?: string;
  keyboard?: readonly (readonly Button[])[];
  replyTo?: number;
  /** Topic, or the first message of the replies it belongs to. */
  threadId?: number;
  inTopic: boolean;
  /** The address that is previewed under a text. */
  preview?: string;
  silent: boolean;
  protected: boolean;
  edits: number;
  reactions: Map<number, string>;
  /** Fields of a service message; nobody wrote it. */
  service?: Json;
  forwarded?: { from?: User; date: number };
}

export interface Chat {
  id: number;
  type: ChatType;
  /** First name in a private chat. */
  title: string;
  username?: string;
  forum: boolean;
  members: Map<number, Member>;
  /** What members may not send. */
  forbidden: Set<Sendable>;
  topics: Map<number, Topic>;
  messages: Map<number, Message>;
  migratedTo?: number;
  /** Supergroups and channels count for themselves; private chats and groups share the bot's counter. */
  lastMessageId: number;
}

export interface World {
  now(): number;
  bot: User;
  users: Map<number, User>;
  chats: Map<number, Chat>;
  files: Map<string, StoredFile>;
  /** Of private chats and groups. */
  lastMessageId: number;
  /** `change` after everything that changes what is seen. */
  changes: EventEmitter;
}

/** Telegram's own account that stands in for anonymous administrators. */
export const anonymousAdmin: User = {
  id: 1_087_968_824,
  isBot: true,
  firstName: 'Group',
  username: 'GroupAnonymousBot',
  started: false,
  blocked: false,
  deactivated: false,
};

/** Telegram's own account that stands in for channels that write in groups. */
export const channelAuthor: User = {
  ...anonymousAdmin,
  id: 136_817_688,
  firstName: 'Channel',
  username: 'Channel_Bot',
};

export function createWorld(bot: User, now: () => number): World {
  const users = new Map([bot, anonymousAdmin, channelAuthor].map((user) => [user.id, user]));
  const changes = new EventEmitter();
  changes.setMaxListeners(0);
  return { now, bot, users, chats: new Map(), files: new Map(), lastMessageId: 0, changes };
}

/** A chat without topics and messages. */
export function addChat(world: World, facts: Pick<Chat, 'id' | 'type' | 'title' | 'members'> & Partial<Chat>): Chat {
  const chat: Chat = {
    ...{ forum: false, forbidden: new Set(), topics: new Map(), messages: new Map(), lastMessageId: 0 },
    ...facts,
  };
  world.chats.set(chat.id, chat);
  return chat;
}

export function changed(world: World): void {
  world.changes.emit('change');
}

export function secondsNow(world: World): number {
  return Math.floor(world.now() / 1000);
}

export function nextMessageId(world: World, chat: Chat): number {
  if (chat.type === 'supergroup' || chat.type === 'channel') {
    chat.lastMessageId += 1;
    return chat.lastMessageId;
  }
  world.lastMessageId += 1;
  return world.lastMessageId;
}

export type MessageDraft = Partial<Message> & Pick<Message, 'content'>;

/** Puts a message into a chat. */
export function addMessage(world: World, chat: Chat, draft: MessageDraft): Message {
  const message: Message = {
    id: nextMessageId(world, chat),
    chatId: chat.id,
    date: secondsNow(world),
    inTopic: false,
    silent: false,
    protected: false,
    edits: 0,
    reactions: new Map(),
    ...draft,
  };
  chat.messages.set(message.id, message);
  changed(world);
  return message;
}

export function statusOf(chat: Chat, userId: number): MemberStatus {
  return chat.members.get(userId)?.status ?? 'left';
}

export function isIn(chat: Chat, userId: number): boolean {
  return !['left', 'kicked'].includes(statusOf(chat, userId));
}

export function isAdmin(chat: Chat, userId: number): boolean {
  return ['creator', 'administrator'].includes(statusOf(chat, userId));
}

export function userNamed(world: World, username: string): User | undefined {
  const wanted = username.toLowerCase();
  return [...world.users.values()].find((user) => user.username?.toLowerCase() === wanted);
}
