import { codeOf, errorCode } from '#bots/discord/delivery-error.ts';
import type { DiscordDeps } from '#bots/discord/deps.ts';
import type { DiscordPlace } from '#bots/discord/inbound.ts';
import type { Places } from '#bots/discord/places.ts';
import { permission } from '#bots/discord/protocol.ts';
import type { PlatformStanding, Role } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';

/** A command is waiting for the answer. */
const lookupTimeoutMs = 3_000;

const privatePrefix = 'dm:';

/** A direct chat is a workspace of its own, and the person in it its owner. */
export function privateWorkspaceOf(personId: string): string {
  return `${privatePrefix}${personId}`;
}

/**
 * Who a person is in a guild: its owner, those who may manage it, everybody else. An interaction says what the person
 * may do, so only the owner among its administrators has to be looked up; of a message nothing is known but the roles.
 */
export async function standingIn(
  places: Pick<Places, 'guild'>,
  guild: NonNullable<DiscordPlace['guild']>,
  personId: string,
): Promise<Role> {
  const told = guild.permissions;
  if (told !== undefined && (told & permission.administrator) === 0n) return roleOf(told);
  const facts = await places.guild(guild.id);
  if (facts?.ownerId === personId) return 'owner';
  const looked = [guild.id, ...guild.roles].reduce((bits, id) => bits | (facts?.roles.get(id) ?? 0n), 0n);
  return roleOf(told ?? looked);
}

function roleOf(permissions: bigint): Role {
  return (permissions & (permission.administrator | permission.manageGuild)) !== 0n ? 'admin' : 'member';
}

/**
 * Who a person is in a guild, or another one's direct chat, that they do not speak from; undefined when they are not in it.
 * @throws {DeliveryError} when Discord does not tell.
 */
export async function findStanding(
  { api, places }: Pick<DiscordDeps, 'api' | 'places'>,
  workspace: string,
  personId: string,
): Promise<PlatformStanding | undefined> {
  if (workspace === privateWorkspaceOf(personId)) return { standing: 'owner' };
  if (workspace.startsWith(privatePrefix)) return undefined;
  const [roles, guild] = await Promise.all([
    findRoles(api, workspace, personId),
    places.guild(workspace, { now: true }),
  ]);
  if (!roles) return undefined;
  if (!guild) throw new DeliveryError('server', 'Discord did not tell about the guild', { retryable: true });
  const standing = await standingIn(places, { id: workspace, roles }, personId);
  return { standing, ...(roles.length > 0 ? { platformRoles: roles } : {}) };
}

/** The roles of a member of the guild. */
async function findRoles(api: DiscordDeps['api'], guildId: string, personId: string): Promise<string[] | undefined> {
  try {
    const { roles } = await api.call<{ roles: string[] }>({
      method: 'GET',
      path: `/guilds/${guildId}/members/${personId}`,
      signal: AbortSignal.timeout(lookupTimeoutMs),
    });
    return roles;
  } catch (error) {
    const code = codeOf(error);
    if (code === errorCode.unknownMember || code === errorCode.unknownUser) return undefined;
    throw error;
  }
}
