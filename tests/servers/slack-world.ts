import { EventEmitter } from 'node:events';
import { allBotScopes } from '#tests/servers/slack-scopes.ts';

export type Json = Record<string, unknown>;

export interface User {
  id: string;
  name: string;
  isBot: boolean;
  primaryOwner: boolean;
  owner: boolean;
  admin: boolean;
  /** Guests see only the channels they are in. */
  guest: boolean;
  /** Such as `pt-BR`. */
  locale: string;
  /** IANA name. */
  tz: string;
  /** Deactivated: nobody can write to this person any more. */
  deactivated: boolean;
}

/** What the admins let people and apps upload. */
export type UploadPolicy = 'allowed' | 'images_only' | 'disabled';

/** Whether the bot's token is good: `uninstalled` answers account_inactive, `revoked` token_revoked. */
export type Installation = 'installed' | 'uninstalled' | 'revoked';

export interface Workspace {
  id: string;
  name: string;
  domain: string;
  botToken: string;
  botId: string;
  botUserId: string;
  scopes: readonly string[];
  installation: Installation;
  uploads: UploadPolicy;
  users: Map<string, User>;
  groups: UserGroup[];
}

export interface UserGroup {
  id: string;
  handle: string;
  users: string[];
}

export interface Channel {
  id: string;
  teamId: string;
  kind: 'public' | 'private' | 'im';
  name: string;
  members: Set<string>;
  archived: boolean;
  /** Oldest first, the deleted ones too. */
  messages: Message[];
}

export interface SlackFile {
  id: string;
  teamId: string;
  userId: string;
  name: string;
  title: string;
  alt: string;
  /** Declared before the upload. */
  length: number;
  bytes?: Uint8Array;
  /** MIME type by its bytes. */
  type: string;
  createdAt: number;
  completed: boolean;
  /** Its type is known and blocks may show it. */
  processed: boolean;
  deleted: boolean;
  shares: { channelId: string; ts: string; threadTs?: string }[];
}

export interface Message {
  ts: string;
  channelId: string;
  teamId: string;
  userId: string;
  fromBot: boolean;
  text: string;
  blocks: Json[];
  /** `text` is standard markdown (the argument `markdown_text`). */
  isMarkdown: boolean;
  /** Channel and person names in `text` become links (`parse: full`, `link_names`). */
  linkNames: boolean;
  threadTs?: string;
  files: SlackFile[];
  /** Ids of files that were deleted from it. */
  tombstones?: string[];
  edits: number;
  /** Ephemeral: the only person who sees it. */
  visibleTo?: string;
  deleted: boolean;
  reactions: { name: string; userId: string }[];
  metadata?: Json;
}

export interface View extends Json {
  id: string;
  hash: string;
  blocks: Json[];
  callback_id: string;
  private_metadata: string;
}

/** A modal (or Home tab) in front of a person; the last of a stack is on top. */
export interface OpenView {
  teamId: string;
  userId: string;
  view: View;
  kind: 'modal' | 'home';
}

export interface Trigger {
  teamId: string;
  userId: string;
  expiresAt: number;
  exchanged: boolean;
}

export interface ResponseUrl {
  teamId: string;
  channelId: string;
  userId: string;
  /** Of a press: the message it was on. */
  original?: Message;
  expiresAt: number;
  usesLeft: number;
}

/** Everything that exists on this Slack. */
export interface World {
  appId: string;
  appToken: string;
  signingSecret: string;
  verificationToken: string;
  teams: Map<string, Workspace>;
  channels: Map<string, Channel>;
  files: Map<string, SlackFile>;
  views: OpenView[];
  triggers: Map<string, Trigger>;
  responseUrls: Map<string, ResponseUrl>;
  violations: string[];
  /** Where this server listens: `http://127.0.0.1:4020`. */
  origin(): string;
  /** Where the addresses of files lead. */
  filesOrigin(): string;
  /** Milliseconds since the epoch; `advance` moves it ahead of the real clock. */
  now(): number;
  /** Moves the clock and does at once what became due. */
  advance(ms: number): void;
  /** Does something later in this clock, unless the server has closed. */
  later(delayMs: number, act: () => void): void;
  /** An id of Slack's form: the letter, then capitals and digits. */
  newId(letter: string): string;
  /** A message timestamp, higher than all before it. */
  newTs(): string;
  /** `change` whenever something that people see has changed. */
  changes: EventEmitter;
  close(): void;
}

export function createWorld({
  signingSecret,
  origin,
  filesOrigin,
}: Pick<World, 'signingSecret' | 'origin' | 'filesOrigin'>): World {
  let aheadMs = 0;
  let count = 0;
  let lastMicros = 0;
  const now = () => Date.now() + aheadMs;
  const due = new Map<object, { at: number; act: () => void; timer: NodeJS.Timeout }>();
  const changes = new EventEmitter();
  changes.setMaxListeners(0);
  const salt = Math.floor(Math.random() * 36 ** 4);
  const newId = (letter: string) => {
    count += 1;
    return `${letter}0${salt.toString(36).padStart(4, '0')}${count.toString(36).padStart(5, '0')}`.toUpperCase();
  };
  const appId = newId('A');

  function arm(key: object, at: number, act: () => void): void {
    const timer = setTimeout(() => {
      due.delete(key);
      act();
    }, at - now());
    due.set(key, { at, act, timer });
  }

  return {
    appId,
    appToken: `xapp-1-${appId}-local`,
    signingSecret,
    verificationToken: `verification-${appId}`,
    teams: new Map(),
    channels: new Map(),
    files: new Map(),
    views: [],
    triggers: new Map(),
    responseUrls: new Map(),
    violations: [],
    origin,
    filesOrigin,
    now,
    advance(ms) {
      aheadMs += ms;
      for (const [key, { at, act, timer }] of [...due].sort(([, a], [, b]) => a.at - b.at)) {
        clearTimeout(timer);
        due.delete(key);
        if (at <= now()) act();
        else arm(key, at, act);
      }
    },
    later: (delayMs, act) => arm({}, now() + delayMs, act),
    newId,
    newTs() {
      lastMicros = Math.max(lastMicros + 1, now() * 1000);
      return `${Math.floor(lastMicros / 1e6)}.${String(lastMicros % 1e6).padStart(6, '0')}`;
    },
    changes,
    close() {
      for (const { timer } of due.values()) clearTimeout(timer);
      due.clear();
    },
  };
}

export function createWorkspace(world: World, name: string, scopes: readonly string[] = allBotScopes): Workspace {
  const id = world.newId('T');
  const team: Workspace = {
    id,
    name,
    domain: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    botToken: `xoxb-${id}-local`,
    botId: world.newId('B'),
    botUserId: world.newId('U'),
    scopes,
    installation: 'installed',
    uploads: 'allowed',
    users: new Map(),
    groups: [],
  };
  team.users.set(team.botUserId, newUser(team.botUserId, 'easel', { isBot: true }));
  world.teams.set(id, team);
  return team;
}

export function newUser(id: string, name: string, facts: Partial<User> = {}): User {
  const plain = { isBot: false, primaryOwner: false, owner: false, admin: false, guest: false, deactivated: false };
  return { ...plain, locale: 'en-US', tz: 'America/Los_Angeles', ...facts, id, name };
}
