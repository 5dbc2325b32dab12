import { type Channel, type Guild, guildOf, type World } from '#tests/servers/discord-world.ts';

/** https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags */
export const permissionBits = {
  administrator: 1n << 3n,
  manageGuild: 1n << 5n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  manageMessages: 1n << 13n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readMessageHistory: 1n << 16n,
  mentionEveryone: 1n << 17n,
  useApplicationCommands: 1n << 31n,
  manageThreads: 1n << 34n,
  createPublicThreads: 1n << 35n,
  sendMessagesInThreads: 1n << 38n,
  useExternalApps: 1n << 50n,
} as const;

export type Permission = keyof typeof permissionBits;

export const everything = (1n << 53n) - 1n;

export function bitsOf(permissions: readonly Permission[]): bigint {
  return permissions.reduce((bits, name) => bits | permissionBits[name], 0n);
}

/** What everybody may do in a new guild. */
export const memberPermissions = bitsOf([
  'viewChannel',
  'sendMessages',
  'embedLinks',
  'attachFiles',
  'readMessageHistory',
  'useApplicationCommands',
  'createPublicThreads',
  'sendMessagesInThreads',
  'useExternalApps',
]);

/** What an app may do in direct messages, as its interactions say. */
export const dmPermissions = bitsOf(['attachFiles', 'embedLinks', 'mentionEveryone']);

/** What a member may do in the whole guild; nothing when they are no member. */
export function permissionsInGuild(guild: Guild, userId: string): bigint {
  const roles = guild.members.get(userId);
  if (!roles) return 0n;
  if (guild.ownerId === userId) return everything;
  const bits = [guild.id, ...roles].reduce((sum, id) => sum | (guild.roles.get(id)?.permissions ?? 0n), 0n);
  return bits & permissionBits.administrator ? everything : bits;
}

/** Follows https://docs.discord.com/developers/topics/permissions#permission-overwrites; a thread has its channel's. */
export function permissionsIn(world: World, channel: Channel, userId: string): bigint {
  const guild = guildOf(world, channel);
  if (!guild) {
    const mayRead = channel.recipientId === userId || userId === world.botId;
    return mayRead ? memberPermissions | dmPermissions : 0n;
  }
  const base = permissionsInGuild(guild, userId);
  const roles = guild.members.get(userId);
  if (base === everything || !roles) return base;
  const home = channel.parentId === undefined ? channel : (world.channels.get(channel.parentId) ?? channel);
  let bits = base;
  const apply = (which: (of: 'role' | 'member', id: string) => boolean) => {
    const fitting = home.overwrites.filter(({ of, id }) => which(of, id));
    bits &= ~fitting.reduce((sum, { deny }) => sum | deny, 0n);
    bits |= fitting.reduce((sum, { allow }) => sum | allow, 0n);
  };
  apply((of, id) => of === 'role' && id === guild.id);
  apply((of, id) => of === 'role' && id !== guild.id && roles.includes(id));
  apply((of, id) => of === 'member' && id === userId);
  return bits & permissionBits.viewChannel ? bits : 0n;
}

export function can(world: World, channel: Channel, userId: string, permission: Permission): boolean {
  return (permissionsIn(world, channel, userId) & permissionBits[permission]) !== 0n;
}
