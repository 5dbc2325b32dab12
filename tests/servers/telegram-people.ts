import { randomInt } from 'node:crypto';
import type { Api, Press } from '#tests/servers/telegram-access.ts';
import { tellBot } from '#tests/servers/telegram-delivery.ts';
import { storeDocument, storePhoto } from '#tests/servers/telegram-files.ts';
import { memberUpdate, toChat, toMember, toMessage, toUser } from '#tests/servers/telegram-wire.ts';
import {
  addMessage,
  type Chat,
  changed,
  isAdmin,
  isIn,
  type Message,
  secondsNow,
  type User,
} from '#tests/servers/telegram-world.ts';
import { authorOf, mentionsIn, openPrivate, placeOf } from '#tests/servers/telegram-writing.ts';
import { waitForChange } from '#tests/servers/wait-for-change.ts';

export interface PersonOptions {
  username?: string;
  lastName?: string;
  languageCode?: string;
  /** True: opened the private chat with the bot before, so that it may write to them. */
  started?: boolean;
  isBot?: boolean;
}

export interface MessageAt {
  chatId: number;
  id: number;
}

export interface PersonDocument {
  name: string;
  bytes: Uint8Array;
  /** What the app claims; by the name when unset. */
  type?: string;
}

export interface WriteOptions {
  replyTo?: MessageAt;
  topic?: number;
  /** Attached; the text becomes the caption. Telegram makes smaller JPEGs of it. */
  photo?: Uint8Array;
  document?: PersonDocument;
  /** Several at once, each a message of its own; the text is the caption of the first. */
  documents?: readonly PersonDocument[];
  /** Several pictures at once, each a message of its own; the text is the caption of the first. */
  album?: readonly Uint8Array[];
  /** People without a username, mentioned by these words of the text. */
  mentions?: readonly { text: string; person: { id: number } }[];
  /** As the group, by an administrator who is anonymous. */
  anonymous?: boolean;
  /** As a channel of theirs. */
  as?: { id: number };
}

/** A pressed button. */
export interface Pressed {
  /** What the person got: `loading` until the bot answers, then its words (empty: nothing is shown). */
  readonly got: 'loading' | { text?: string; alert: boolean; url?: string };
  /** Resolves with what the person got. */
  answered(timeoutMs?: number): Promise<{ text?: string; alert: boolean; url?: string }>;
}

export interface TelegramPerson {
  id: number;
  name: string;
  username?: string;
  /** Opens the private chat with the bot, as from a link with a payload. */
  start(payload?: string): Promise<MessageAt>;
  /** Writes to the bot or in a chat they are in; resolves with the (first) message. */
  write(chat: 'bot' | { id: number }, text: string, options?: WriteOptions): Promise<MessageAt & { ids: number[] }>;
  edit(message: MessageAt, text: string): void;
  /** Presses a button that is there, found by its label or its data. */
  press(message: MessageAt, button: string): Pressed;
  remove(message: MessageAt): void;
  react(message: MessageAt, emoji: string): void;
  block(): void;
  unblock(): void;
  /** The account is gone. */
  deactivate(): void;
}

/** From then on a bot gets an `InaccessibleMessage` with a press. No figure is documented; this is when bots may no longer delete. */
const accessibleSeconds = 48 * 3600;

export function createPerson(deps: Api, user: User): TelegramPerson {
  const { world, updates } = deps;

  function chatOf(where: 'bot' | { id: number }): Chat {
    const id = where === 'bot' ? user.id : where.id;
    if (id === user.id) return openPrivate(deps, user);
    const chat = world.chats.get(id);
    if (!chat || chat.migratedTo !== undefined || !isIn(chat, user.id))
      throw new Error(`${user.firstName} is not in chat ${id}`);
    return chat;
  }

  function found({ chatId, id }: MessageAt): { chat: Chat; message: Message } {
    const chat = chatOf({ id: chatId });
    const message = chat.messages.get(id);
    if (!message) throw new Error(`there is no message ${id} in chat ${chatId}`);
    return { chat, message };
  }

  function documentOf({ name, bytes, type }: PersonDocument): NonNullable<Message['media']> {
    const file = storeDocument(world, name, bytes);
    if (type !== undefined) file.type = type;
    return { file, spoiler: false };
  }

  async function mediaOf(options: WriteOptions): Promise<(Message['media'] | undefined)[]> {
    const { photo, document, album, documents = document ? [document] : [] } = options;
    const photos = album ?? (photo ? [photo] : []);
    if (photos.length === 0) return documents.length > 0 ? documents.map(documentOf) : [undefined];
    const store = (bytes: Uint8Array) => storePhoto(world, deps.limits, { name: 'photo.jpg', bytes, recompress: true });
    return await Promise.all(photos.map(async (bytes) => ({ file: await store(bytes), spoiler: false })));
  }

  async function write(where: 'bot' | { id: number }, text: string, options: WriteOptions = {}) {
    const chat = chatOf(where);
    if (chat.type === 'private') {
      if (user.blocked) throw new Error(`${user.firstName} blocked the bot`);
      user.started = true;
    }
    const envelope = { ...authorOf(deps, user, chat, options), ...placeOf(chat, options) };
    const entities = mentionsIn(text, options.mentions ?? []);
    const media = await mediaOf(options);
    const album = media.length > 1 ? String(13_000_000_000 + randomInt(1_000_000_000)) : undefined;
    const messages = media.map((item, index) =>
      addMessage(world, chat, {
        ...envelope,
        content: index === 0 ? { text, entities } : { text: '', entities: [] },
        ...(item && { media: item }),
        ...(album !== undefined && { album }),
      }),
    );
    for (const message of messages) tellBot(deps, chat, message, 'message');
    const ids = messages.map(({ id }) => id);
    return { chatId: chat.id, id: ids[0] ?? 0, ids };
  }

  function setBlocked(blocked: boolean): void {
    const chat = openPrivate(deps, user);
    const before = { ...toMember(world, chat, world.bot.id), status: user.blocked ? 'kicked' : 'member' };
    user.blocked = blocked;
    const update = memberUpdate(world, chat, user.id, before, world.bot.id);
    const after = { ...toMember(world, chat, world.bot.id), status: blocked ? 'kicked' : 'member' };
    updates.push('my_chat_member', { ...update, new_chat_member: after }, `chat:${chat.id}`);
    changed(world);
  }

  return {
    id: user.id,
    name: user.firstName,
    ...(user.username !== undefined && { username: user.username }),
    write,
    start: (payload) => write('bot', payload === undefined ? '/start' : `/start ${payload}`),
    edit(at, text) {
      const { chat, message } = found(at);
      if (message.from?.id !== user.id) throw new Error(`message ${at.id} is not by ${user.firstName}`);
      Object.assign(message, {
        content: { text, entities: [] },
        editDate: secondsNow(world),
        edits: message.edits + 1,
      });
      changed(world);
      tellBot(deps, chat, message, 'edited_message');
    },
    press(at, wanted) {
      const { chat, message } = found(at);
      const buttons = (message.keyboard ?? []).flat();
      const button = buttons.find(({ data, label }) => data === wanted || label === wanted);
      if (button?.data === undefined) {
        throw new Error(
          `message ${at.id} has no button ${wanted}, only: ${buttons.map(({ label }) => label).join(', ')}`,
        );
      }
      const id = String(4_000_000_000_000_000 + randomInt(1_000_000_000_000));
      const press: Press = { at: world.now() };
      deps.presses.set(id, press);
      const isOld = message.date < secondsNow(world) - accessibleSeconds;
      const update = {
        id,
        from: toUser(user),
        message: isOld
          ? { chat: toChat(world, chat), message_id: message.id, date: 0 }
          : toMessage(world, chat, message),
        chat_instance: String(-7_000_000_000_000 + chat.id),
        data: button.data,
      };
      updates.push('callback_query', update, `user:${user.id}`);
      return {
        get got() {
          return press.answer ?? 'loading';
        },
        answered: (timeoutMs) =>
          waitForChange(
            deps.world.changes,
            () => press.answer,
            () => 'not answered',
            timeoutMs,
          ),
      };
    },
    remove(at) {
      found(at).chat.messages.delete(at.id);
      changed(world);
    },
    react(at, emoji) {
      const { chat, message } = found(at);
      const before = message.reactions.get(user.id);
      message.reactions.set(user.id, emoji);
      changed(world);
      const list = (shown: string | undefined) => (shown === undefined ? [] : [{ type: 'emoji', emoji: shown }]);
      const update = {
        chat: toChat(world, chat),
        message_id: message.id,
        user: toUser(user),
        date: secondsNow(world),
        old_reaction: list(before),
        new_reaction: list(emoji),
      };
      // In groups only administrators hear of reactions.
      if (chat.type === 'private' || isAdmin(chat, world.bot.id)) {
        updates.push('message_reaction', update, `chat:${chat.id}`);
      }
    },
    block: () => setBlocked(true),
    unblock: () => setBlocked(false),
    deactivate() {
      user.deactivated = true;
    },
  };
}
