import { addChannel } from '#tests/servers/slack-channels.ts';
import { groupJson } from '#tests/servers/slack-methods-people.ts';
import type { SlackChannel, SlackTeam, SlackUser, TeamOptions } from '#tests/servers/slack-people.ts';
import { createUser, type UserContext } from '#tests/servers/slack-user.ts';
import { type Channel, createWorkspace, newUser } from '#tests/servers/slack-world.ts';

/** A workspace with the app installed. */
export function createTeam(context: UserContext, name: string, { scopes, uploads }: TeamOptions): SlackTeam {
  const { world, events, manifest } = context;
  const team = createWorkspace(world, name, scopes ?? manifest?.oauth_config?.scopes?.bot);
  if (uploads) team.uploads = uploads;
  const people = () => [...team.users.values()].filter(({ isBot }) => !isBot);

  function createChannel(channel: Channel): SlackChannel {
    const about = (type: string) => ({ type, channel: channel.id });
    const idOf = (person: 'bot' | SlackUser) => (person === 'bot' ? team.botUserId : person.id);
    const kind = channel.kind === 'private' ? 'G' : 'C';
    return {
      id: channel.id,
      name: channel.name,
      async archive() {
        channel.archived = true;
        return await events.send(team, 'channel_archive', about('channel_archive'));
      },
      async remove() {
        world.channels.delete(channel.id);
        world.changes.emit('change');
        return await events.send(team, 'channel_deleted', about('channel_deleted'));
      },
      async invite(person) {
        channel.members.add(idOf(person));
        const joined = { ...about('member_joined_channel'), user: idOf(person), channel_type: kind, team: team.id };
        return await events.send(team, 'member_joined_channel', joined);
      },
      async kick(person) {
        channel.members.delete(idOf(person));
        world.changes.emit('change');
        const left = { ...about('member_left_channel'), user: idOf(person), channel_type: kind, team: team.id };
        const own = kind === 'G' ? 'group_left' : 'channel_left';
        const sent = await Promise.all([
          events.send(team, 'member_left_channel', left),
          person === 'bot' ? events.send(team, own, about(own)) : [],
        ]);
        return sent.flat();
      },
    };
  }

  return {
    id: team.id,
    botToken: team.botToken,
    botUserId: team.botUserId,
    botId: team.botId,
    addChannel(channelName, { private: isPrivate = false, archived = false, bot = true } = {}) {
      const members = new Set(isPrivate ? [] : people().map(({ id }) => id));
      if (bot) members.add(team.botUserId);
      const kind = isPrivate ? 'private' : 'public';
      return createChannel(addChannel(world, team, { kind, name: channelName, members, archived }));
    },
    addUser(userName, facts) {
      const user = newUser(world.newId('U'), userName, facts);
      team.users.set(user.id, user);
      for (const channel of world.channels.values()) {
        if (channel.teamId === team.id && channel.kind === 'public' && !user.guest) channel.members.add(user.id);
      }
      return createUser(context, team, user);
    },
    async addGroup(handle, users = []) {
      const group = { id: world.newId('S'), handle, users: users.map(({ id }) => id) };
      team.groups.push(group);
      await events.send(team, 'subteam_created', { type: 'subteam_created', subteam: groupJson(team, group, true) });
      return {
        id: group.id,
        async setUsers(now) {
          group.users = now.map(({ id }) => id);
          const about = { subteam_id: group.id, team_id: team.id, added_users: group.users, removed_users: [] };
          return await events.send(team, 'subteam_members_changed', { type: 'subteam_members_changed', ...about });
        },
      };
    },
    setUploads(policy) {
      team.uploads = policy;
    },
    setScopes(wanted) {
      team.scopes = wanted;
    },
    async uninstall() {
      team.installation = 'uninstalled';
      const tokens = { oauth: [], bot: [team.botUserId] };
      const sent = await Promise.all([
        events.send(team, 'tokens_revoked', { type: 'tokens_revoked', tokens }),
        events.send(team, 'app_uninstalled', { type: 'app_uninstalled' }),
      ]);
      return sent.flat();
    },
    revokeToken() {
      team.installation = 'revoked';
    },
  };
}
