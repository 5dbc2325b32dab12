import { EventEmitter } from 'node:events';

export type Json = Record<string, unknown>;

export interface Role {
  id: string;
  name: string;
  permissions: bigint;
  mentionable: boolean;
}

export interface User {
  id: string;
  name: string;
  bot: boolean;
  /** Discord's tag, such as `pt-BR`. */
  locale: string;
  /** False: the app gets 50007 when it writes to this person. */
  acceptsDms: boolean;
  /** The person installed the app for themselves. */
  hasApp: boolean;
}

export interface Guild {
  id: string;
  name: string;
  ownerId: string;
  locale: string;
  /** False: people here can use the app only if they installed it for themselves. */
  hasBot: boolean;
  roles: Map<string, Role>;
  /** Role ids of each member; the one named like the guild belongs to all. */
  members: Map<string, string[]>;
  /** Largest file in bytes; boosts raise it. */
  fileBytesMax: number;
  activeThreadsMax: number;
}

/** What a role or a member may (not) do in one channel. */
export interface Overwrite {
  id: string;
  of: 'role' | 'member';
  allow: bigint;
  deny: bigint;
}

export type ChannelKind = 'text' | 'voice' | 'forum' | 'dm' | 'thread';

export interface Channel {
  id: string;
  kind: ChannelKind;
  name: string;
  guildId?: string;
  /** Of a thread: the channel it is in. Its own id is that of the message it began on. */
  parentId?: string;
  /** Of a direct message: the person. */
  recipientId?: string;
  nsfw: boolean;
  overwrites: Overwrite[];
  archived: boolean;
  locked: boolean;
  messages: Message[];
}

export interface Attachment {
  id: string;
  name: string;
  type: string;
  /** As uploaded, by reference. */
  bytes: Uint8Array;
  description?: string;
  spoiler: boolean;
  private: boolean;
}

/** One part of a message's components as the app sent it. */
export interface Component extends Json {
  type: number;
  components?: Component[];
}

export interface Message {
  id: string;
  channelId: string;
  authorId: string;
  content: string;
  embeds: Json[];
  components: Component[];
  attachments: Attachment[];
  flags: number;
  createdAt: number;
  editedAt?: number;
  edits: number;
  /** Of an ephemeral message: the only person who sees it. */
  visibleTo?: string;
  nonce?: string;
  replyTo?: string;
  /** Who was notified when it was posted; edits notify nobody. */
  pings: string[];
  mentionedUsers: string[];
  /** The interaction it answers, and who began that. */
  interactionId?: string;
  asked?: { by: string; type: number };
  deleted: boolean;
}

export const messageFlags = { ephemeral: 1 << 6, loading: 1 << 7, silent: 1 << 12, componentsV2: 1 << 15 } as const;

/** Everything that exists on this Discord. */
export interface World {
  applicationId: string;
  botId: string;
  users: Map<string, User>;
  guilds: Map<string, Guild>;
  channels: Map<string, Channel>;
  messages: Map<string, Message>;
  attachments: Map<string, { attachment: Attachment; channelId: string }>;
  /** The newest message of each `<author>:<nonce>`. */
  nonces: Map<string, Message>;
  violations: string[];
  /** Milliseconds since the epoch; `advance` moves it ahead of the real clock. */
  now(): number;
  advance(ms: number): void;
  /** A snowflake of now, higher than all before it. */
  newId(): string;
  /** `change` whenever something may have changed that somebody waits for. */
  changes: EventEmitter;
}

const discordEpochMs = 1_420_070_400_000;

export function createWorld(): World {
  let aheadMs = 0;
  let count = 0n;
  const now = () => Date.now() + aheadMs;
  const changes = new EventEmitter();
  changes.setMaxListeners(0);
  const newId = () => {
    count += 1n;
    return ((BigInt(now() - discordEpochMs) << 22n) | (count & 0x3fffffn)).toString();
  };
  const botId = newId();
  const world: World = {
    // Since 2022 the app and its user share one id.
    applicationId: botId,
    botId,
    users: new Map(),
    guilds: new Map(),
    channels: new Map(),
    messages: new Map(),
    attachments: new Map(),
    nonces: new Map(),
    violations: [],
    now,
    advance(ms) {
      aheadMs += ms;
    },
    newId,
    changes,
  };
  world.users.set(botId, { id: botId, name: 'easel', bot: true, locale: 'en-US', acceptsDms: false, hasApp: false });
  return world;
}

/** The direct messages of a person with the app; opened if they are not yet. */
export function openDm(world: World, userId: string): Channel {
  const open = [...world.channels.values()].find(({ kind, recipientId }) => kind === 'dm' && recipientId === userId);
  return open ?? addChannel(world, { kind: 'dm', name: '', recipientId: userId });
}

export function addChannel(world: World, channel: Pick<Channel, 'kind' | 'name'> & Partial<Channel>): Channel {
  const added = { nsfw: false, overwrites: [], archived: false, locked: false, messages: [], ...channel };
  const complete: Channel = { id: world.newId(), ...added };
  world.channels.set(complete.id, complete);
  return complete;
}

export function guildOf(world: World, channel: Channel): Guild | undefined {
  return channel.guildId === undefined ? undefined : world.guilds.get(channel.guildId);
}

/** A message that has not been deleted. */
export function findMessage(world: World, id: string): Message | undefined {
  const message = world.messages.get(id);
  return message?.deleted ? undefined : message;
}

export function addMessage(world: World, channel: Channel, message: Message): void {
  channel.messages.push(message);
  world.messages.set(message.id, message);
  for (const attachment of message.attachments) {
    world.attachments.set(attachment.id, { attachment, channelId: channel.id });
  }
  world.changes.emit('change');
}
