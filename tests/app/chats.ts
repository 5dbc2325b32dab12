import { expect } from 'vitest';
import { startDiscordServer } from '#tests/servers/discord.ts';
import { startSlackServer } from '#tests/servers/slack.ts';
import { startTelegramServer } from '#tests/servers/telegram.ts';

/** A message as a person reads it, on any platform. */
export interface Shown {
  /** The platform's own name for it. */
  id: string;
  text: string;
  /** Bytes of each picture, as uploaded. */
  images: Uint8Array[];
  /** Of each picture, whether the app hides it until one looks. */
  hidden: boolean[];
  /** What came as files to be downloaded. */
  files: { name: string; bytes: Uint8Array }[];
  actions: { id: string; label: string }[];
  edits: number;
  /** For this person alone: an ephemeral answer, or a direct message. */
  isPrivate: boolean;
  /** The thread, topic or message it belongs to. */
  under?: string;
}

/** Somebody in a platform's chat, doing what its own app lets people do. */
export interface Chatter {
  locale: 'en' | 'zh-TW';
  /** How others type a mention of them. */
  mention: string;
  /** Types a command line, such as `/imagine a fox --n 4`; resolves once it is on its way. */
  type(room: Room, line: string): Promise<unknown>;
  /** Says it to the bot without a command; where the way in knows such. */
  address?: (room: Room, words: string) => Promise<unknown>;
  /** Gives /batch a file, as the app lets people attach one. */
  attach(room: Room, file: { name: string; type: string; bytes: Uint8Array }): Promise<unknown>;
  press(room: Room, message: Shown, actionId: string): Promise<unknown>;
  /** What they see in the room, its threads included, and alone with the bot; oldest first. */
  seen(room: Room): Shown[];
}

export interface Room {
  id: string;
}

export interface PlatformRole {
  typed: string;
  give(person: Chatter): Promise<unknown>;
  take(person: Chatter): Promise<unknown>;
}

/** A platform's local server with a workspace in it. */
export interface Chat {
  id: 'discord' | 'slack' | 'telegram';
  way: Way;
  /** The environment that makes Easel talk to it; `appUrl` is where Easel will listen. */
  env(appUrl: string): Record<string, string>;
  /** Resolves once Easel, at this address, takes commands in. */
  connected(appUrl: string): Promise<void>;
  addRoom(name: string): Room;
  addPerson(name: string, locale: 'en' | 'zh-TW'): Chatter;
  /** Whom the platform has as the owner of the workspace, or of this room where that is one. */
  addOwner(name: string, locale: 'en' | 'zh-TW', room: Room): Chatter;
  /** Something of the platform's that people are given, and how it is typed. */
  addRole(name: string, room: Room): Promise<PlatformRole>;
  /** From here on the person takes no direct messages. */
  shut(person: Chatter): void;
  /** A place where one person is alone with the bot. */
  alone(person: Chatter): Room;
  /** Brings the last thing that was said once more; Slack under another event id. */
  redeliver(): Promise<unknown>;
  violations(): readonly string[];
  /** Too many requests, by the platform's count. */
  floods(): number;
  stop(): Promise<void>;
}

/** `direct`: gateway, Socket Mode, long polling; `webhook`: over HTTP. */
export type Way = 'direct' | 'webhook';

export const startChat: Record<Chat['id'], (way: Way) => Promise<Chat>> = {
  discord: startDiscordChat,
  slack: startSlackChat,
  telegram: startTelegramChat,
};

async function startDiscordChat(way: Way): Promise<Chat> {
  const server = await startDiscordServer();
  const guild = server.addGuild({ name: 'Atelier' });
  const people = new Map<Chatter, ReturnType<typeof guild.addMember>>();
  const find = (person: Chatter) => {
    const found = people.get(person);
    if (!found) throw new Error('nobody');
    return found;
  };
  function enter(name: string, locale: 'en' | 'zh-TW', owner: boolean): Chatter {
    const member = guild.addMember({ name, locale: locale === 'en' ? 'en-US' : locale, owner });
    const person: Chatter = {
      locale,
      mention: `<@${member.id}>`,
      type: (room, line) => {
        const [, act, about] = /^\/admin (\S+) ?(.*)$/.exec(line) ?? [];
        const [, asked] = /^\/why (.*)$/.exec(line) ?? [];
        if (asked) return member.slash(room, 'why', { line: asked });
        if (act) return member.slash(room, 'admin', { act, ...(about ? { words: about } : {}) });
        const { command, words, flags } = readLine(line);
        const first = { imagine: 'prompt', link: 'code', privacy: 'action' }[command] ?? 'batch';
        return member.slash(room, command, { ...(words ? { [first]: words } : {}), ...flags });
      },
      ...(way === 'direct'
        ? { address: async (room: Room, words: string) => member.write(room, words, { mention: true }) }
        : {}),
      attach: (room, file) => member.slash(room, 'batch', {}, { files: { prompts: file } }),
      press: (_room, message, actionId) => member.press(message.id, actionId),
      seen(room) {
        const here =
          room.id === member.dm.id
            ? server.seen(room.id, member)
            : [...server.seen(room.id, member), ...server.seen(member.dm.id, member)];
        const below = here.flatMap(({ threadId }) => (threadId ? server.seen(threadId, member) : []));
        return [...here, ...below]
          .filter(({ author }) => author.bot)
          .map((message) => ({
            id: message.id,
            text: message.text,
            images: message.images.map(({ bytes }) => bytes),
            hidden: message.images.map(({ spoiler }) => spoiler),
            files: message.files,
            actions: message.actions,
            edits: message.edits,
            isPrivate: message.private || message.channelId === member.dm.id,
            ...(message.channelId !== room.id
              ? { under: message.channelId }
              : message.replyTo
                ? { under: message.replyTo }
                : {}),
          }));
      },
    };
    people.set(person, member);
    return person;
  }
  return {
    id: 'discord',
    way,
    env: () => ({
      DISCORD_TOKEN: server.token,
      DISCORD_API_URL: server.url,
      ...(way === 'webhook' ? { DISCORD_PUBLIC_KEY: server.publicKey } : {}),
    }),
    async connected(appUrl) {
      if (way === 'webhook') server.deliverTo(`${appUrl}/discord/interactions`);
      await server.registered('imagine');
      if (way === 'direct') await server.connected();
    },
    addRoom: (name) => guild.addChannel({ name }),
    addOwner: (name, locale) => enter(name, locale, true),
    async addRole(name) {
      const role = guild.addRole({ name });
      return {
        typed: `<@&${role.id}>`,
        give: async (person) => guild.giveRole(find(person), role),
        take: async (person) => guild.takeRole(find(person), role),
      };
    },
    addPerson: (name, locale) => enter(name, locale, false),
    shut: (person) => find(person).acceptDms(false),
    alone: (person) => find(person).dm,
    redeliver: () => server.redeliver(),
    violations: () => server.violations,
    floods: () => server.floods.length,
    stop: () => server.close(),
  };
}

async function startSlackChat(way: Way): Promise<Chat> {
  const server = await startSlackServer();
  const team = server.addTeam('Atelier');
  const dms = new Map<Chatter, () => Room>();
  const ids = new Map<Chatter, string>();
  function enter(name: string, locale: 'en' | 'zh-TW', primaryOwner: boolean): Chatter {
    const user = team.addUser(name, { locale: locale === 'en' ? 'en-US' : locale, primaryOwner });
    const all = (room: Room) => [
      ...server.seen(room.id, user.id),
      ...(room.id === user.dmChannel().id ? [] : server.seen(user.dmChannel().id, user.id)),
    ];
    const person: Chatter = {
      locale,
      mention: `@${name}`,
      type: (room, line) => {
        const [, command = '', text = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(line) ?? [];
        return user.command(room, command, text);
      },
      address: (room, words) => user.write(room, words, { mention: true }),
      attach: (room, file) => user.write(room, 'batch', { mention: true, files: [file] }),
      press(room, message, actionId) {
        const found = all(room).find(({ ts }) => ts === message.id);
        const action = found?.actions.find(({ value, actionId: id }) => value === actionId || id === actionId);
        if (!found || !action) throw new Error(`there is no ${actionId}`);
        return user.press(found, action);
      },
      seen: (room) =>
        all(room)
          .filter(({ fromBot }) => fromBot)
          .map((message) => ({
            id: message.ts,
            text: message.text,
            images: message.images.map(({ bytes }) => bytes ?? new Uint8Array()),
            hidden: message.images.map(() => false),
            files: message.files,
            actions: message.actions.map(({ actionId, value, label }) => ({ id: value ?? actionId, label })),
            edits: message.edits,
            isPrivate: message.private || message.channelId === user.dmChannel().id,
            ...(message.thread === undefined ? {} : { under: message.thread }),
          })),
    };
    dms.set(person, () => user.dmChannel());
    ids.set(person, user.id);
    return person;
  }
  return {
    id: 'slack',
    way,
    env: () => ({
      SLACK_BOT_TOKEN: team.botToken,
      SLACK_API_URL: server.url,
      ...(way === 'webhook' ? { SLACK_SIGNING_SECRET: server.signingSecret } : { SLACK_APP_TOKEN: server.appToken }),
    }),
    async connected(appUrl) {
      if (way === 'webhook') server.deliverTo(`${appUrl}/slack/events`);
      else await expect.poll(() => server.socket.connections).toBeGreaterThan(0);
    },
    addRoom: (name) => team.addChannel(name),
    addOwner: (name, locale) => enter(name, locale, true),
    async addRole(name) {
      const group = await team.addGroup(name);
      const holders = new Set<string>();
      const set = () => group.setUsers([...holders].map((id) => ({ id })));
      return {
        typed: `@${name}`,
        give: (person) => {
          holders.add(ids.get(person) ?? '');
          return set();
        },
        take: (person) => {
          holders.delete(ids.get(person) ?? '');
          return set();
        },
      };
    },
    addPerson: (name, locale) => enter(name, locale, false),
    shut: () =>
      server.fail({ match: ({ method }) => method === 'conversations.open', kind: 'refused', error: 'user_disabled' }),
    alone: (person) => dms.get(person)?.() ?? { id: '' },
    async redeliver() {
      const last = server.deliveries.at(-1);
      if (last) await server.repeat(last, { newEventId: true });
    },
    violations: () => server.violations,
    floods: () => server.floods.length,
    stop: async () => server[Symbol.asyncDispose](),
  };
}

async function startTelegramChat(way: Way): Promise<Chat> {
  const server = await startTelegramServer();
  const people = new Map<Chatter, ReturnType<typeof server.addPerson>>();
  const rooms = new Map<string, ReturnType<typeof server.addChat>>();
  const inside = new Set<string>();
  function setStatus(person: Chatter, room: Room, status: 'creator' | 'administrator' | 'member'): void {
    const member = people.get(person);
    if (!member) throw new Error('nobody');
    inside.add(`${room.id} ${member.id}`);
    rooms.get(room.id)?.setMember(member, status);
  }
  function enter(name: string, locale: 'en' | 'zh-TW'): Chatter {
    const languageCode = locale === 'en' ? 'en' : 'zh-hant';
    const member = server.addPerson(name, {
      started: true,
      languageCode,
      username: `${name.toLowerCase()}_${people.size}`,
    });
    const placeOf = (room: Room) => {
      if (room.id === String(member.id)) return 'bot' as const;
      const chat = rooms.get(room.id);
      if (!chat) throw new Error(`no room ${room.id}`);
      if (!inside.has(`${room.id} ${member.id}`)) chat.setMember(member, 'member');
      inside.add(`${room.id} ${member.id}`);
      return chat;
    };
    const person: Chatter = {
      locale,
      mention: `@${member.username}`,
      type: (room, line) => member.write(placeOf(room), line),
      address: (room, words) => member.write(placeOf(room), `@${server.bot.username} ${words}`),
      attach: (room, file) => member.write(placeOf(room), '/batch', { documents: [file] }),
      press: (_room, message, actionId) => {
        const [chatId = 0, id = 0] = message.id.split('/').map(Number);
        return member.press({ chatId, id }, actionId).answered();
      },
      seen: (room) =>
        [
          ...server.seen(room.id, member.id),
          ...(room.id === String(member.id) ? [] : server.seen(member.id, member.id)),
        ]
          .filter(({ fromBot }) => fromBot)
          .map((message) => ({
            id: `${message.chatId}/${message.id}`,
            text: message.text,
            images: message.images.map(({ bytes }) => bytes),
            hidden: message.images.map(({ spoiler }) => spoiler),
            files: message.files,
            actions: message.actions.map(({ data, label }) => ({ id: data ?? '', label })),
            edits: message.edits,
            isPrivate: message.private,
            ...(message.replyTo === undefined ? {} : { under: `${message.chatId}/${message.replyTo}` }),
          })),
    };
    people.set(person, member);
    return person;
  }
  return {
    id: 'telegram',
    way,
    env: (appUrl) => ({
      TELEGRAM_BOT_TOKEN: server.token,
      TELEGRAM_API_URL: server.url,
      ...(way === 'webhook'
        ? { TELEGRAM_WEBHOOK_SECRET: 'a-secret-of-tests', PUBLIC_URL: appUrl, PLAYGROUND: 'off' }
        : {}),
    }),
    async connected() {
      const method = way === 'webhook' ? 'setWebhook' : 'getUpdates';
      await expect.poll(() => server.requests.some((request) => request.method === method)).toBe(true);
    },
    addRoom(name) {
      const room = server.addChat({ type: 'supergroup', title: name, bot: 'administrator' });
      rooms.set(String(room.id), room);
      return { id: String(room.id) };
    },
    addOwner(name, locale, room) {
      const person = enter(name, locale);
      setStatus(person, room, 'creator');
      return person;
    },
    // Telegram has no roles: its administrators are all there is.
    addRole: async (_name, room) => ({
      typed: 'admins',
      give: async (person) => setStatus(person, room, 'administrator'),
      take: async (person) => setStatus(person, room, 'member'),
    }),
    addPerson: enter,
    shut: (person) => people.get(person)?.block(),
    alone: (person) => ({ id: String(people.get(person)?.id) }),
    redeliver: () => server.redeliver(),
    violations: () => server.violations,
    floods: () => server.floods.length,
    stop: async () => server[Symbol.asyncDispose](),
  };
}

/** `/imagine a fox --n 4` as Discord's app takes it. */
function readLine(line: string): { command: string; words: string; flags: Record<string, string | number> } {
  const [, command = '', rest = ''] = /^\/(\S+)\s*([\s\S]*)$/.exec(line) ?? [];
  const flags = [...rest.matchAll(/--(\S+) (\S+)/g)].map(([, name, value = '']) => [
    name,
    /^\d+$/.test(value) ? Number(value) : value,
  ]);
  return { command, words: rest.replace(/--\S+ \S+/g, '').trim(), flags: Object.fromEntries(flags) };
}
