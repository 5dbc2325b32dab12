import { type Context, has, intents, mayRead } from '#tests/servers/discord-context.ts';
import { badLength, invalidForm, refusal } from '#tests/servers/discord-errors.ts';
import { deleteMessage, editMessage, postMessage, requireMessage } from '#tests/servers/discord-messages.ts';
import { can, type Permission } from '#tests/servers/discord-permissions.ts';
import type { UploadedFile } from '#tests/servers/discord-requests.ts';
import { id, path, type Route } from '#tests/servers/discord-route.ts';
import { addChannel, type Channel, guildOf, type Json, type Message } from '#tests/servers/discord-world.ts';

/** Channels, their messages and threads. */
export const channelRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: path(`/channels/${id}`),
    run: (context, { part }) => context.payloads.channel(requireChannel(context, part(1))),
  },
  {
    method: 'PATCH',
    path: path(`/channels/${id}`),
    run: (context, { part, body }) => reopenThread(context, requireChannel(context, part(1)), body),
  },
  {
    method: 'GET',
    path: path(`/channels/${id}/messages`),
    rate: 'readMessages',
    run: (context, { part, request }) => listMessages(context, requireChannel(context, part(1)), request.query),
  },
  {
    method: 'GET',
    path: path(`/channels/${id}/messages/${id}`),
    rate: 'readMessages',
    run: (context, { part }) => {
      const channel = requireChannel(context, part(1), 'readMessageHistory');
      const message = requireMessage(context, channel, part(2));
      return context.payloads.message(message, mayRead(context, channel, message));
    },
  },
  {
    method: 'POST',
    path: path(`/channels/${id}/messages`),
    rate: 'createMessage',
    run: (context, { part, body, files }) => {
      const channel = requireWritable(context, part(1), body, files);
      if ((Number(body.flags ?? 0) & (1 << 6)) !== 0) {
        context.world.violations.push('a channel message asks to be private; only answers to interactions can be');
      }
      const message = postMessage(context, {
        ...order(context, channel, body, files),
        channel,
        authorId: context.world.botId,
      });
      return context.payloads.message(message);
    },
  },
  {
    method: 'PATCH',
    path: path(`/channels/${id}/messages/${id}`),
    rate: 'editMessage',
    run: (context, { part, body, files }) => {
      const channel = requireChannel(context, part(1));
      const message = requireMessage(context, channel, part(2));
      if (message.authorId !== context.world.botId) throw refusal('notTheAuthor');
      if (channel.archived) throw refusal('threadArchived');
      if (files.length > 0) requirePermission(context, channel, 'attachFiles');
      editMessage(context, message, order(context, channel, body, files));
      return context.payloads.message(message);
    },
  },
  {
    method: 'DELETE',
    path: path(`/channels/${id}/messages/${id}`),
    rate: 'deleteMessage',
    run: (context, { part }) => {
      const channel = requireChannel(context, part(1));
      const message = requireMessage(context, channel, part(2));
      if (message.authorId !== context.world.botId) requirePermission(context, channel, 'manageMessages');
      deleteMessage(context, message);
    },
  },
  {
    method: 'POST',
    path: path(`/channels/${id}/messages/${id}/threads`),
    rate: 'createThread',
    run: (context, { part, body }) => startThread(context, requireChannel(context, part(1)), part(2), body),
  },
  {
    method: 'POST',
    path: path(`/channels/${id}/typing`),
    rate: 'typing',
    run: (context, { part }) => void requireChannel(context, part(1), 'sendMessages'),
  },
];

/** Of all that can be modified, apps under test open archived threads; unlocked ones take no more than writing there. */
function reopenThread(context: Context, channel: Channel, body: Json): Json {
  const reopens = channel.kind === 'thread' && Object.keys(body).join() === 'archived' && body.archived === false;
  if (!reopens) throw refusal('missingPermissions');
  requirePermission(context, channel, channel.locked ? 'manageThreads' : 'sendMessagesInThreads');
  channel.archived = false;
  return context.payloads.channel(channel);
}

function requirePermission({ world }: Context, channel: Channel, permission: Permission): void {
  if (!can(world, channel, world.botId, permission)) throw refusal('missingPermissions');
}

function requireChannel(context: Context, channelId: string, permission?: Permission): Channel {
  const { world } = context;
  const channel = world.channels.get(channelId);
  if (!channel) throw refusal('unknownChannel');
  if (!can(world, channel, world.botId, 'viewChannel')) throw refusal('missingAccess');
  if (permission) requirePermission(context, channel, permission);
  return channel;
}

function requireWritable(context: Context, channelId: string, body: Json, files: readonly UploadedFile[]): Channel {
  const { world } = context;
  const channel = requireChannel(context, channelId);
  if (channel.kind === 'dm') {
    const user = world.users.get(channel.recipientId ?? '');
    const isReachable =
      user?.hasApp || [...world.guilds.values()].some(({ hasBot, members }) => hasBot && members.has(user?.id ?? ''));
    if (!user?.acceptsDms || !isReachable) throw refusal('cannotDm');
    return channel;
  }
  if (channel.kind === 'forum') throw refusal('notText');
  requirePermission(context, channel, channel.kind === 'thread' ? 'sendMessagesInThreads' : 'sendMessages');
  if (channel.archived && channel.locked) throw refusal('threadArchived');
  if (files.length > 0) requirePermission(context, channel, 'attachFiles');
  const repliesToo = Boolean(body.message_reference);
  if (repliesToo && !can(world, channel, world.botId, 'readMessageHistory')) throw refusal('noReplyWithoutHistory');
  return channel;
}

function order(context: Context, channel: Channel, body: Json, files: readonly UploadedFile[]) {
  const fileBytesMax = guildOf(context.world, channel)?.fileBytesMax ?? context.fileBytesMax;
  return { body, files, fileBytesMax, path: [] };
}

function listMessages(context: Context, channel: Channel, query: Record<string, string>): Json[] {
  const { world, payloads } = context;
  const limit = Number(query.limit ?? 50);
  if (!(limit >= 1 && limit <= 100)) throw invalidForm([badLength(['limit'], 1, 100)]);
  // Without the history an app gets nothing rather than a refusal.
  if (!can(world, channel, world.botId, 'readMessageHistory')) return [];
  const { before, after } = query;
  const inRange = (message: Message) =>
    (before === undefined || BigInt(message.id) < BigInt(before)) &&
    (after === undefined || BigInt(message.id) > BigInt(after));
  const visible = channel.messages.filter((one) => !one.deleted && one.visibleTo === undefined && inRange(one));
  const page = after === undefined ? visible.slice(-limit) : visible.slice(0, limit);
  return page.reverse().map((message) => payloads.message(message, mayRead(context, channel, message)));
}

function startThread(context: Context, channel: Channel, messageId: string, body: Json): Json {
  const { world, payloads } = context;
  const guild = guildOf(world, channel);
  if (!guild || channel.kind !== 'text') throw refusal('wrongChannelType');
  const message = requireMessage(context, channel, messageId);
  requirePermission(context, channel, 'createPublicThreads');
  const name = String(body.name ?? '');
  if (name.length < 1 || name.length > 100) throw invalidForm([badLength(['name'], 1, 100)]);
  if (world.channels.has(message.id)) throw refusal('threadExists');
  const isActive = ({ kind, guildId, archived }: Channel) => kind === 'thread' && guildId === guild.id && !archived;
  if ([...world.channels.values()].filter(isActive).length >= guild.activeThreadsMax) throw refusal('tooManyThreads');
  if (has(message.flags, 'loading')) world.violations.push('a thread begins on a message that is still loading');
  const thread = addChannel(world, { kind: 'thread', name, id: message.id, guildId: guild.id, parentId: channel.id });
  context.dispatch('THREAD_CREATE', intents.guilds, () => ({ ...payloads.channel(thread), newly_created: true }));
  world.changes.emit('change');
  return payloads.channel(thread);
}
