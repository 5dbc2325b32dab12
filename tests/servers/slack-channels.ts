import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import type { Channel, User, Workspace, World } from '#tests/servers/slack-world.ts';

/** A channel the bot can know of. @throws {ApiRefusal} channel_not_found */
export function knownChannel(world: World, team: Workspace, id: string): Channel {
  const channel = world.channels.get(id);
  const isHidden = channel?.kind === 'private' && !channel.members.has(team.botUserId);
  if (!channel || channel.teamId !== team.id || isHidden) throw new ApiRefusal('channel_not_found');
  return channel;
}

/**
 * A channel the bot may post to; a person's id means their direct messages.
 * @throws {ApiRefusal} channel_not_found, not_in_channel, is_archived, messages_tab_disabled
 */
export function postableChannel(world: World, team: Workspace, id: string, messagesTab: boolean): Channel {
  const user = team.users.get(id);
  const channel = user && !user.isBot ? openIm(world, team, user) : knownChannel(world, team, id);
  if (!channel.members.has(team.botUserId)) throw new ApiRefusal('not_in_channel');
  if (channel.archived) throw new ApiRefusal('is_archived');
  if (channel.kind === 'im') {
    if (!messagesTab) throw new ApiRefusal('messages_tab_disabled');
    const partner = [...channel.members].map((member) => team.users.get(member)).find((member) => !member?.isBot);
    if (partner?.deactivated) throw new ApiRefusal('is_archived');
  }
  return channel;
}

/** The direct messages of a person with the bot; opened if they are not yet. */
export function openIm(world: World, team: Workspace, user: User): Channel {
  const open = [...world.channels.values()].find(
    ({ kind, teamId, members }) => kind === 'im' && teamId === team.id && members.has(user.id),
  );
  return open ?? addChannel(world, team, { kind: 'im', name: '', members: new Set([user.id, team.botUserId]) });
}

export function addChannel(
  world: World,
  team: Workspace,
  channel: Pick<Channel, 'kind' | 'name' | 'members'> & Partial<Channel>,
): Channel {
  const id = world.newId(channel.kind === 'im' ? 'D' : 'C');
  const added: Channel = { archived: false, ...channel, id, teamId: team.id, messages: [] };
  world.channels.set(id, added);
  return added;
}
