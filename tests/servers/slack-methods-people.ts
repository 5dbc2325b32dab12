import { knownChannel, openIm } from '#tests/servers/slack-channels.ts';
import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import { findMessage } from '#tests/servers/slack-messages.ts';
import type { Call } from '#tests/servers/slack-methods.ts';
import { pageOf } from '#tests/servers/slack-methods-chat.ts';
import { isTrue, requiredOf, stringOf } from '#tests/servers/slack-requests.ts';
import { conversationScopes } from '#tests/servers/slack-scopes.ts';
import type { Channel, Json, User, UserGroup, Workspace, World } from '#tests/servers/slack-world.ts';

export function authTest({ world, team }: Call): Json {
  return {
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: team.users.get(team.botUserId)?.name,
    team_id: team.id,
    user_id: team.botUserId,
    bot_id: team.botId,
    app_id: world.appId,
    is_enterprise_install: false,
  };
}

export function userInfo({ team, args }: Call): Json {
  const [id = ''] = requiredOf(args, 'user');
  const user = team.users.get(id);
  if (!user) throw new ApiRefusal('user_not_found');
  return { user: userJson(team, user, isTrue(args, 'include_locale')) };
}

/** docs.slack.dev/reference/methods/usergroups.list */
export function userGroups({ team, args }: Call): Json {
  return { usergroups: team.groups.map((group) => groupJson(team, group, isTrue(args, 'include_users'))) };
}

export function groupJson({ id: team_id }: Workspace, { id, handle, users }: UserGroup, withUsers: boolean): Json {
  const people = withUsers ? { users, user_count: users.length } : {};
  return { id, team_id, is_usergroup: true, name: handle, handle, description: '', date_delete: 0, ...people };
}

export function userJson(team: Workspace, user: User, withLocale: boolean): Json {
  return {
    id: user.id,
    team_id: team.id,
    name: user.name,
    deleted: user.deactivated,
    real_name: user.name,
    tz: user.tz,
    tz_label: user.tz,
    tz_offset: offsetSeconds(user.tz),
    profile: { real_name: user.name, display_name: user.name, team: team.id },
    is_admin: user.admin || user.owner || user.primaryOwner,
    is_owner: user.owner || user.primaryOwner,
    is_primary_owner: user.primaryOwner,
    is_restricted: user.guest,
    is_ultra_restricted: false,
    is_bot: user.isBot,
    is_app_user: false,
    updated: 1_700_000_000,
    ...(withLocale ? { locale: user.locale } : {}),
  };
}

function offsetSeconds(timeZone: string): number {
  const shown = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).format(new Date());
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(shown) ?? [];
  return (Number(hours) * 3600 + Number(minutes) * 60) * (sign === '-' ? -1 : 1);
}

export function botInfo({ world, team, args }: Call): Json {
  if (stringOf(args, 'bot') !== team.botId) throw new ApiRefusal('bot_not_found');
  const name = team.users.get(team.botUserId)?.name;
  return { bot: { id: team.botId, deleted: false, name, app_id: world.appId, user_id: team.botUserId, icons: {} } };
}

export function teamInfo({ team }: Call): Json {
  return { team: { id: team.id, name: team.name, domain: team.domain, email_domain: '', icon: {} } };
}

export function openConversation({ world, team, args }: Call): Json {
  const users = stringOf(args, 'users');
  const channelId = stringOf(args, 'channel');
  if (users === '' && channelId === '') throw new ApiRefusal('users_list_not_supplied');
  if (users === '') {
    const open = knownChannel(world, team, channelId);
    if (open.kind !== 'im') throw new ApiRefusal('method_not_supported_for_channel_type');
    return { no_op: true, already_open: true, channel: { id: open.id } };
  }
  if (users.includes(',')) throw new ApiRefusal('invalid_user_combination');
  if (!team.scopes.includes('im:write')) throw missingScope(team, 'im:write');
  const user = team.users.get(users);
  if (!user) throw new ApiRefusal('user_not_found');
  if (user.isBot) throw new ApiRefusal('cannot_dm_bot');
  if (user.deactivated) throw new ApiRefusal('user_disabled');
  const before = world.channels.size;
  const channel = openIm(world, team, user);
  const known = world.channels.size === before ? { no_op: true, already_open: true } : {};
  return { ...known, channel: isTrue(args, 'return_im') ? channelJson(team, channel) : { id: channel.id } };
}

export function conversationInfo({ world, team, args }: Call): Json {
  const [id = ''] = requiredOf(args, 'channel');
  const channel = knownChannel(world, team, id);
  requireScope(team, conversationScopes.read[channel.kind]);
  const locale = isTrue(args, 'include_locale') ? { locale: 'en-US' } : {};
  const size = isTrue(args, 'include_num_members') ? { num_members: channel.members.size } : {};
  return { channel: { ...channelJson(team, channel), ...locale, ...size } };
}

export function channelJson(team: Workspace, channel: Channel): Json {
  const isMember = channel.members.has(team.botUserId);
  const shared = { id: channel.id, created: 1_700_000_000, context_team_id: team.id, is_archived: channel.archived };
  if (channel.kind === 'im') {
    const user = [...channel.members].find((member) => member !== team.botUserId);
    return { ...shared, is_im: true, is_org_shared: false, user, is_user_deleted: false, priority: 0 };
  }
  const isPrivate = channel.kind === 'private';
  const kinds = { is_channel: true, is_group: false, is_im: false, is_mpim: false, is_private: isPrivate };
  return { ...shared, name: channel.name, name_normalized: channel.name, ...kinds, is_member: isMember };
}

export function conversationHistory(call: Call): Json {
  const channel = readableChannel(call);
  const top = channel.messages.filter(
    ({ deleted, visibleTo, threadTs }) => !deleted && visibleTo === undefined && threadTs === undefined,
  );
  return pageOf(call, top.reverse());
}

export function conversationReplies(call: Call): Json {
  const [, parent = ''] = requiredOf(call.args, 'channel', 'ts');
  const channel = readableChannel(call);
  const root = findMessage(channel, parent);
  const ts = root?.threadTs ?? parent;
  const thread = channel.messages.filter(
    (message) => !message.deleted && message.visibleTo === undefined && (message.ts === ts || message.threadTs === ts),
  );
  if (thread.length === 0) throw new ApiRefusal('thread_not_found');
  return pageOf(call, thread);
}

function readableChannel({ world, team, args }: Call): Channel {
  const [id = ''] = requiredOf(args, 'channel');
  const channel = knownChannel(world, team, id);
  requireScope(team, conversationScopes.history[channel.kind]);
  if (!channel.members.has(team.botUserId)) throw new ApiRefusal('not_in_channel');
  return channel;
}

export function addReaction({ world, team, args }: Call): Json {
  const [id = '', ts = '', name = ''] = requiredOf(args, 'channel', 'timestamp', 'name');
  const message = findMessage(knownChannel(world, team, id), ts);
  if (!message) throw new ApiRefusal('message_not_found');
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new ApiRefusal('invalid_name');
  react(world, message, name, team.botUserId);
  return {};
}

/** @throws {ApiRefusal} already_reacted */
export function react(
  world: World,
  message: { reactions: { name: string; userId: string }[] },
  name: string,
  userId: string,
) {
  if (message.reactions.some((reaction) => reaction.name === name && reaction.userId === userId)) {
    throw new ApiRefusal('already_reacted');
  }
  message.reactions.push({ name, userId });
  world.changes.emit('change');
}

function requireScope(team: Workspace, needed: string): void {
  if (!team.scopes.includes(needed)) throw missingScope(team, needed);
}

export function missingScope(team: Pick<Workspace, 'scopes'>, needed: string): ApiRefusal {
  return new ApiRefusal('missing_scope', { needed, provided: team.scopes.join(',') });
}
