import type { Cdn } from '#tests/servers/discord-cdn.ts';
import type { Payloads } from '#tests/servers/discord-payloads.ts';
import { can } from '#tests/servers/discord-permissions.ts';
import { type Channel, type Json, type Message, messageFlags, type World } from '#tests/servers/discord-world.ts';

/** https://docs.discord.com/developers/events/gateway#list-of-intents */
export const intents = {
  guilds: 1 << 0,
  guildMembers: 1 << 1,
  guildPresences: 1 << 8,
  guildMessages: 1 << 9,
  directMessages: 1 << 12,
  messageContent: 1 << 15,
} as const;

export const privilegedIntents = intents.guildMembers | intents.guildPresences | intents.messageContent;

/** What the parts of the server share. */
export interface Context {
  world: World;
  cdn: Cdn;
  payloads: Payloads;
  /** Largest file where no guild says more, in bytes. */
  fileBytesMax: number;
  /** How soon an interaction must be answered. */
  answerWithinMs: number;
  /** How long a nonce is remembered. */
  nonceMs: number;
  /** Sends an event to every gateway session with one of the intents; 0 for events that need none. */
  dispatch(event: string, needed: number, data: (granted: number) => Json): void;
}

/** Tells the gateway about a message that the app may see. */
export function dispatchMessage(context: Context, event: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE', message: Message): void {
  const { world, payloads } = context;
  const channel = world.channels.get(message.channelId);
  if (!channel || message.visibleTo !== undefined || !can(world, channel, world.botId, 'viewChannel')) return;
  const guild = world.guilds.get(channel.guildId ?? '');
  if (guild && !guild.hasBot) return;
  context.dispatch(event, guild ? intents.guildMessages : intents.directMessages, (granted) => ({
    channel_type: payloads.channel(channel).type,
    ...payloads.message(message, mayRead(context, channel, message) || (granted & intents.messageContent) !== 0),
    ...(guild
      ? {
          guild_id: guild.id,
          ...(message.authorId === world.botId ? {} : { member: memberOf(context, channel, message) }),
        }
      : {}),
  }));
}

/** Without the message content intent an app reads its own messages, direct messages and those that mention it. */
export function mayRead({ world }: Context, channel: Channel, message: Message): boolean {
  return (
    message.authorId === world.botId || channel.guildId === undefined || message.mentionedUsers.includes(world.botId)
  );
}

function memberOf({ world, payloads }: Context, channel: Channel, message: Message): Json {
  const guild = world.guilds.get(channel.guildId ?? '');
  if (!guild) return {};
  const { user, ...member } = payloads.member(guild, message.authorId);
  return member;
}

export function dispatchDelete({ world, dispatch }: Context, message: Message): void {
  const channel = world.channels.get(message.channelId);
  if (!channel || message.visibleTo !== undefined || !can(world, channel, world.botId, 'viewChannel')) return;
  dispatch('MESSAGE_DELETE', channel.guildId === undefined ? intents.directMessages : intents.guildMessages, () => ({
    id: message.id,
    channel_id: message.channelId,
    ...(channel.guildId === undefined ? {} : { guild_id: channel.guildId }),
  }));
}

export const has = (flags: number, name: keyof typeof messageFlags) => (flags & messageFlags[name]) !== 0;
