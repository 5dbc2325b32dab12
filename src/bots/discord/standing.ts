import type { DiscordPlace } from '#bots/discord/inbound.ts';
import type { Places } from '#bots/discord/places.ts';
import { permission } from '#bots/discord/protocol.ts';
import type { Role } from '#core/ports/chat.ts';

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
