import type { Courier } from '#tests/servers/discord-answers.ts';
import { intents } from '#tests/servers/discord-context.ts';
import { createPerson, type PeopleContext, type Person } from '#tests/servers/discord-people.ts';
import { bitsOf, memberPermissions, type Permission } from '#tests/servers/discord-permissions.ts';
import {
  addChannel,
  type Channel,
  type ChannelKind,
  type Guild,
  type Json,
  type User,
} from '#tests/servers/discord-world.ts';

export interface PersonOptions {
  name?: string;
  /** Discord's tag; `en-US` when unset. */
  locale?: string;
  acceptsDms?: boolean;
  /** They installed the app for themselves. */
  hasApp?: boolean;
  /** Largest file they may send, in bytes, where that is more than the server's. */
  fileBytesMax?: number;
}

export interface GuildOptions {
  name?: string;
  locale?: string;
  /** False: the app is not in it. */
  hasApp?: boolean;
  /** What the app may do; what members may do when unset. */
  appPermissions?: readonly Permission[];
  /** What everybody may do. */
  memberPermissions?: readonly Permission[];
  fileBytesMax?: number;
  /** 1,000 when unset, as Discord has it. */
  activeThreadsMax?: number;
}

export interface GuildHandle {
  readonly id: string;
  addChannel(options?: { name?: string; kind?: ChannelKind; nsfw?: boolean; hidden?: boolean }): ChannelHandle;
  /** Permissions come on top of what everybody may do. */
  addMember(options?: PersonOptions & { owner?: boolean; permissions?: readonly Permission[] }): Person;
  addRole(options: { name: string; mentionable?: boolean; permissions?: readonly Permission[] }): { id: string };
  giveRole(person: Person, role: { id: string }): void;
  takeRole(person: Person, role: { id: string }): void;
  /** Someone known from elsewhere comes in. */
  admit(person: Person): void;
  /** Someone leaves, or is sent away. */
  dismiss(person: Person): void;
  setAppPermissions(permissions: readonly Permission[]): void;
  removeApp(): void;
  addApp(): void;
  /** Discord says that the guild is not to be had for a while. */
  outage(): void;
}

export interface ChannelHandle {
  readonly id: string;
  /** Takes permissions away from, or gives them to, `app`, `everyone` or a person, in this channel. */
  forbid(who: 'app' | 'everyone' | Person, permissions: readonly Permission[]): void;
  permit(who: 'app' | 'everyone' | Person, permissions: readonly Permission[]): void;
  /** Of a thread. */
  archive(options?: { locked?: boolean }): void;
  delete(): void;
}

export interface HandleContext extends PeopleContext {
  courier: Courier;
}

export function addPerson(context: HandleContext, options: PersonOptions = {}): Person {
  const { name = `person-${context.world.users.size}`, locale = 'en-US', acceptsDms = true, hasApp = false } = options;
  const user: User = { id: context.world.newId(), name, bot: false, locale, acceptsDms, hasApp };
  context.world.users.set(user.id, user);
  return createPerson(context, context.courier, user, options.fileBytesMax);
}

/** A guild as GUILD_CREATE brings it: with its channels, but of its members only the app. */
export function guildCreate(context: PeopleContext, guild: Guild): Json {
  const { world, payloads } = context;
  const channels = [...world.channels.values()].filter(({ guildId }) => guildId === guild.id);
  const of = (isThread: boolean) =>
    channels.filter(({ kind }) => (kind === 'thread') === isThread).map(payloads.channel);
  return {
    ...payloads.guild(guild),
    channels: of(false),
    threads: of(true),
    members: [payloads.member(guild, world.botId)],
    member_count: guild.members.size,
    joined_at: new Date(world.now()).toISOString(),
    large: false,
    unavailable: false,
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

export function addGuild(context: HandleContext, options: GuildOptions = {}): GuildHandle {
  const { world } = context;
  const id = world.newId();
  const owner = addPerson(context, { name: 'guild-owner' });
  const everyone = options.memberPermissions ? bitsOf(options.memberPermissions) : memberPermissions;
  const appPermissions = options.appPermissions ? bitsOf(options.appPermissions) : memberPermissions;
  const [appRole, memberRole] = [world.newId(), world.newId()];
  const guild: Guild = {
    id,
    name: options.name ?? 'guild',
    ownerId: owner.id,
    locale: options.locale ?? 'en-US',
    hasBot: options.hasApp ?? true,
    roles: new Map([
      // Apart from the app everybody has the third role, so that the app alone can be kept short.
      [id, { id, name: '@everyone', permissions: everyone & appPermissions, mentionable: false }],
      [appRole, { id: appRole, name: 'easel', permissions: appPermissions, mentionable: false }],
      [memberRole, { id: memberRole, name: 'members', permissions: everyone, mentionable: false }],
    ]),
    members: new Map([[owner.id, [memberRole]]]),
    fileBytesMax: options.fileBytesMax ?? context.fileBytesMax,
    activeThreadsMax: options.activeThreadsMax ?? 1000,
  };
  world.guilds.set(id, guild);
  const tell = (event: string, data: Json) => context.dispatch(event, intents.guilds, () => data);
  const admitApp = () => {
    guild.hasBot = true;
    guild.members.set(world.botId, [appRole]);
    tell('GUILD_CREATE', guildCreate(context, guild));
  };
  if (guild.hasBot) admitApp();

  const handle: GuildHandle = {
    id,
    addChannel({ name = 'channel', kind = 'text', nsfw = false, hidden = false } = {}) {
      const channel = addChannel(world, { kind, name, nsfw, guildId: id });
      if (hidden) channel.overwrites.push({ id, of: 'role', allow: 0n, deny: bitsOf(['viewChannel']) });
      if (guild.hasBot) tell('CHANNEL_CREATE', context.payloads.channel(channel));
      return handleOf(context, channel);
    },
    addMember({ owner: isOwner = false, permissions = [], ...rest } = {}) {
      const person = addPerson(context, rest);
      handle.admit(person);
      if (permissions.length > 0) {
        const role = handle.addRole({ name: `role of ${person.name}`, permissions });
        guild.members.get(person.id)?.push(role.id);
      }
      if (isOwner) guild.ownerId = person.id;
      return person;
    },
    addRole({ name, mentionable = false, permissions = [] }) {
      const role = { id: world.newId(), name, mentionable, permissions: bitsOf(permissions) };
      guild.roles.set(role.id, role);
      if (guild.hasBot) tell('GUILD_ROLE_CREATE', { guild_id: id, role: context.payloads.role(guild, role.id) });
      return { id: role.id };
    },
    giveRole: (person, role) => void guild.members.get(person.id)?.push(role.id),
    takeRole(person, role) {
      guild.members.set(
        person.id,
        (guild.members.get(person.id) ?? []).filter((known) => known !== role.id),
      );
    },
    admit(person) {
      guild.members.set(person.id, [memberRole]);
    },
    dismiss: (person) => void guild.members.delete(person.id),
    setAppPermissions(permissions) {
      const bits = bitsOf(permissions);
      const all = guild.roles.get(id);
      if (all) all.permissions &= bits;
      guild.roles.set(appRole, { id: appRole, name: 'easel', permissions: bits, mentionable: false });
      for (const roleId of [id, appRole]) {
        tell('GUILD_ROLE_UPDATE', { guild_id: id, role: context.payloads.role(guild, roleId) });
      }
    },
    removeApp() {
      guild.hasBot = false;
      guild.members.delete(world.botId);
      tell('GUILD_DELETE', { id });
    },
    addApp: admitApp,
    outage: () => tell('GUILD_DELETE', { id, unavailable: true }),
  };
  return handle;
}

/** What can be done to a channel or a thread. */
export function handleOf(context: PeopleContext, channel: Channel): ChannelHandle {
  const { world } = context;
  const overwrite = (who: 'app' | 'everyone' | Person, allow: bigint, deny: bigint) => {
    const id = who === 'app' ? world.botId : who === 'everyone' ? (channel.guildId ?? '') : who.id;
    const of = who === 'everyone' ? 'role' : 'member';
    const known = channel.overwrites.find((one) => one.id === id && one.of === of);
    const old = known ?? { id, of, allow: 0n, deny: 0n };
    const changed = { id, of, allow: (old.allow | allow) & ~deny, deny: (old.deny | deny) & ~allow } as const;
    channel.overwrites = [...channel.overwrites.filter((one) => one !== known), changed];
    context.dispatch('CHANNEL_UPDATE', intents.guilds, () => context.payloads.channel(channel));
  };
  return {
    id: channel.id,
    forbid: (who, permissions) => overwrite(who, 0n, bitsOf(permissions)),
    permit: (who, permissions) => overwrite(who, bitsOf(permissions), 0n),
    archive({ locked = false } = {}) {
      Object.assign(channel, { archived: true, locked });
      context.dispatch('THREAD_UPDATE', intents.guilds, () => context.payloads.channel(channel));
    },
    delete() {
      const payload = context.payloads.channel(channel);
      world.channels.delete(channel.id);
      world.changes.emit('change');
      context.dispatch(channel.kind === 'thread' ? 'THREAD_DELETE' : 'CHANNEL_DELETE', intents.guilds, () => payload);
    },
  };
}
