import { findAutolinks, textOf } from '#tests/servers/telegram-autolinks.ts';
import {
  type Button,
  type Chat,
  type Entity,
  isIn,
  type Message,
  userNamed,
  type World,
} from '#tests/servers/telegram-world.ts';

export interface SeenImage {
  /** As uploaded. */
  bytes: Uint8Array;
  name: string;
  width: number;
  height: number;
  spoiler: boolean;
  /** Telegram shows photos as smaller JPEGs; the bytes here are still those that were uploaded. */
  recompressed: true;
  fileId: string;
}

export interface SeenFile {
  name: string;
  type: string;
  bytes: Uint8Array;
  fileId: string;
}

export interface SeenAction {
  label: string;
  /** Counts from 0. */
  row: number;
  /** `callback_data`. */
  data?: string;
  url?: string;
  copyText?: string;
  style?: string;
}

export interface SeenMarkup {
  /** `bold`, `code`, `text_link`, `text_mention`…; of autolinks `mention`, `url`, `hashtag`, `bot_command`… */
  kind: string;
  text: string;
  url?: string;
  /** Of a mention: whom it names, if there is such a person. */
  person?: number;
}

export interface SeenMessage {
  chatId: number;
  id: number;
  /** Topic, or the first message of the replies it belongs to in a supergroup. */
  thread?: number;
  replyTo?: number;
  /** The same for the items of one album. */
  album?: string;
  /** Person, bot or, in channels and of anonymous administrators, chat. */
  author: number;
  fromBot: boolean;
  /** Text or caption without markup, button labels left out. */
  text: string;
  /** Formatting that was asked for. */
  markup: SeenMarkup[];
  /** What Telegram made clickable by itself. */
  autolinks: SeenMarkup[];
  /** People who are notified by being mentioned: members of the chat only. */
  pings: number[];
  images: SeenImage[];
  /** Documents. */
  files: SeenFile[];
  actions: SeenAction[];
  edits: number;
  /** In the private chat with the bot. */
  private: boolean;
  /** Arrived without a sound. */
  silent: boolean;
  reactions: string[];
  /** Address whose preview is shown below. */
  preview?: string;
  /** Of a service message: what happened, such as `new_chat_members`. */
  service?: string;
}

/** What a person sees in a chat, oldest first; nothing when they are not in it. */
export function seenBy(world: World, chatId: number, personId: number): SeenMessage[] {
  const chat = world.chats.get(chatId);
  if (!chat || !(chat.type === 'private' ? chat.id === personId : isIn(chat, personId))) return [];
  return [...chat.messages.values()].map((message) => seen(world, chat, message));
}

function seen(world: World, chat: Chat, message: Message): SeenMessage {
  const { content, media, keyboard = [] } = message;
  const markup = content.entities.map((entity) => markupOf(world, message, entity));
  const autolinks = findAutolinks(content).map((entity) => markupOf(world, message, entity));
  const mentioned = [...markup, ...autolinks].map(({ person }) => person).filter((id) => id !== undefined);
  const service = message.service && Object.keys(message.service)[0];
  const image = media?.file.kind === 'photo' ? imageOf(media) : undefined;
  return {
    chatId: chat.id,
    id: message.id,
    ...(message.threadId !== undefined && { thread: message.threadId }),
    ...(message.replyTo !== undefined && { replyTo: message.replyTo }),
    ...(message.album !== undefined && { album: message.album }),
    author: message.senderChat?.id ?? message.from?.id ?? chat.id,
    fromBot: message.from?.id === world.bot.id || (message.from === undefined && chat.type === 'channel'),
    text: content.text,
    markup,
    autolinks,
    pings: [...new Set(mentioned)].filter((id) => (chat.type === 'private' ? chat.id === id : isIn(chat, id))),
    images: image ? [image] : [],
    files:
      media && !image
        ? [{ name: media.file.name, type: media.file.type, bytes: media.file.bytes, fileId: media.file.id }]
        : [],
    actions: keyboard.flatMap((buttons, row) => buttons.map((button) => actionOf(button, row))),
    edits: message.edits,
    private: chat.type === 'private',
    silent: message.silent,
    reactions: [...message.reactions.values()],
    ...(message.preview !== undefined && { preview: message.preview }),
    ...(service !== undefined && { service }),
  };
}

function imageOf({ file, spoiler }: NonNullable<Message['media']>): SeenImage {
  const { bytes, name, width = 0, height = 0, id } = file;
  return { bytes, name, width, height, spoiler, recompressed: true, fileId: id };
}

function actionOf({ label, data, url, copyText, style }: Button, row: number): SeenAction {
  return {
    label,
    row,
    ...(data !== undefined && { data }),
    ...(url !== undefined && { url }),
    ...(copyText !== undefined && { copyText }),
    ...(style !== undefined && { style }),
  };
}

function markupOf(world: World, { content }: Message, entity: Entity): SeenMarkup {
  const text = textOf(content, entity);
  const person = entity.type === 'mention' ? userNamed(world, text.slice(1))?.id : entity.userId;
  return {
    kind: entity.type,
    text,
    ...(entity.url !== undefined && { url: entity.url }),
    ...(person !== undefined && { person }),
  };
}
