import type { Api } from '#tests/servers/telegram-access.ts';
import { tellBot } from '#tests/servers/telegram-delivery.ts';
import { storePhoto } from '#tests/servers/telegram-files.ts';
import type { MessageAt, TelegramPerson } from '#tests/servers/telegram-people.ts';
import { memberUpdate, toMember, toUser, userOf } from '#tests/servers/telegram-wire.ts';
import {
  addChat,
  addMessage,
  type Chat,
  changed,
  isAdmin,
  type Json,
  type Member,
  type MemberStatus,
  type Message,
  type MessageDraft,
  type Sendable,
} from '#tests/servers/telegram-world.ts';

export interface ChatOptions {
  /** A private chat comes with the person: `addPerson(name, { started: true })`. */
  type: 'group' | 'supergroup' | 'channel';
  title?: string;
  username?: string;
  /** Of a supergroup: has topics. */
  forum?: boolean;
  creator?: TelegramPerson;
  admins?: readonly TelegramPerson[];
  members?: readonly TelegramPerson[];
  /** What the bot is there; `member` when unset, `administrator` in a channel. */
  bot?: MemberStatus;
}

export interface MemberOptions {
  /** What a restricted member may not send. */
  forbid?: readonly Sendable[];
  anonymous?: boolean;
  /** Who did it; the creator when unset. */
  by?: TelegramPerson;
}

/** A group or channel. */
export interface TelegramChat {
  readonly id: number;
  readonly type: ChatOptions['type'];
  readonly title: string;
  /** Adds, promotes, restricts, kicks…; the bot hears of itself (`my_chat_member`), and as an administrator of others. */
  setMember(who: 'bot' | TelegramPerson, status: MemberStatus, options?: MemberOptions): void;
  /** What members may not send from now on. */
  forbid(...what: Sendable[]): void;
  /** Opens a topic; returns its id. */
  addTopic(name: string): number;
  closeTopic(id: number): void;
  /** With its messages. */
  removeTopic(id: number): void;
  /** A group becomes a supergroup with another id and no messages. */
  migrate(): TelegramChat;
  /** Writes into a channel. */
  post(text: string, photo?: Uint8Array): Promise<MessageAt>;
  /** The chat is gone. */
  remove(): void;
}

let created = 0;

const memberAs = (status: MemberStatus, options: MemberOptions = {}): Member => ({
  status,
  anonymous: options.anonymous ?? false,
  forbidden: new Set(options.forbid),
});

export function createChat({ world }: Api, options: ChatOptions): Chat {
  created += 1;
  const { type, title = `Chat ${created}`, username, creator, admins = [], members = [] } = options;
  const botStatus = options.bot ?? (type === 'channel' ? 'administrator' : 'member');
  return addChat(world, {
    id: type === 'group' ? -(4_000_000 + created) : -(1_000_000_000_000 + 2_000_000 + created),
    type,
    title,
    ...(username !== undefined && { username }),
    forum: options.forum ?? false,
    members: new Map([
      ...members.map(({ id }): [number, Member] => [id, memberAs('member')]),
      ...admins.map(({ id }): [number, Member] => [id, memberAs('administrator')]),
      ...(creator ? [[creator.id, memberAs('creator')] as [number, Member]] : []),
      [world.bot.id, memberAs(botStatus)],
    ]),
  });
}

export function chatHandle(deps: Api, chat: Chat): TelegramChat {
  const { world, updates } = deps;

  function service(fields: Json, draft: Partial<MessageDraft> = {}): Message {
    const message = addMessage(world, chat, { content: { text: '', entities: [] }, service: fields, ...draft });
    tellBot(deps, chat, message, 'message');
    return message;
  }

  function setMember(who: 'bot' | TelegramPerson, status: MemberStatus, options: MemberOptions = {}): void {
    const id = who === 'bot' ? world.bot.id : who.id;
    const creator = [...chat.members].find(([, member]) => member.status === 'creator')?.[0];
    const byId = options.by?.id ?? creator ?? id;
    const before = toMember(world, chat, id);
    chat.members.set(id, memberAs(status, options));
    changed(world);
    const update = memberUpdate(world, chat, byId, before, id);
    if (who === 'bot') updates.push('my_chat_member', update, `chat:${chat.id}`);
    else if (isAdmin(chat, world.bot.id)) updates.push('chat_member', update, `chat:${chat.id}`);
    const [wasIn, isNowIn] = [before.status, status].map((was) => was !== 'left' && was !== 'kicked');
    if (chat.type === 'channel' || wasIn === isNowIn) return;
    const user = toUser(userOf(world, id));
    const from = userOf(world, byId);
    service(isNowIn ? { new_chat_members: [user] } : { left_chat_member: user }, { from });
  }

  function migrate(): TelegramChat {
    if (chat.type !== 'group' || chat.migratedTo !== undefined) throw new Error('only a group becomes a supergroup');
    const next = createChat(deps, { type: 'supergroup', title: chat.title });
    next.members = new Map(chat.members);
    next.forbidden = new Set(chat.forbidden);
    const handle = chatHandle(deps, next);
    service({ migrate_to_chat_id: next.id });
    chat.migratedTo = next.id;
    const arrived = addMessage(world, next, {
      content: { text: '', entities: [] },
      service: { migrate_from_chat_id: chat.id },
    });
    tellBot(deps, next, arrived, 'message');
    return handle;
  }

  function requireTopic(id: number) {
    const topic = chat.topics.get(id);
    if (!topic) throw new Error(`there is no topic ${id}`);
    return topic;
  }

  return {
    id: chat.id,
    type: chat.type as ChatOptions['type'],
    title: chat.title,
    setMember,
    forbid(...what) {
      chat.forbidden = new Set(what);
    },
    addTopic(name) {
      if (!chat.forum) throw new Error('only a forum has topics');
      const id = chat.lastMessageId + 1;
      chat.topics.set(id, { id, name, closed: false });
      service({ forum_topic_created: { name, icon_color: 7_322_096 } }, { threadId: id, inTopic: true });
      return id;
    },
    closeTopic(id) {
      requireTopic(id).closed = true;
      service({ forum_topic_closed: {} }, { threadId: id, inTopic: true });
    },
    removeTopic(id) {
      requireTopic(id);
      chat.topics.delete(id);
      for (const message of chat.messages.values()) if (message.threadId === id) chat.messages.delete(message.id);
      changed(world);
    },
    migrate,
    async post(text, photo) {
      if (chat.type !== 'channel') throw new Error('posts are written in channels');
      const file =
        photo && (await storePhoto(world, deps.limits, { name: 'photo.jpg', bytes: photo, recompress: true }));
      const content = { text, entities: [] };
      const message = addMessage(world, chat, {
        content,
        senderChat: chat,
        ...(file && { media: { file, spoiler: false } }),
      });
      tellBot(deps, chat, message, 'channel_post');
      return { chatId: chat.id, id: message.id };
    },
    remove() {
      world.chats.delete(chat.id);
      changed(world);
    },
  };
}
