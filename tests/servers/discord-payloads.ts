import { createHash } from 'node:crypto';
import type { Cdn } from '#tests/servers/discord-cdn.ts';
import { iso, messagePayload } from '#tests/servers/discord-message-payload.ts';
import { permissionsIn } from '#tests/servers/discord-permissions.ts';
import type { Attachment, Channel, Guild, Json, Message, User, World } from '#tests/servers/discord-world.ts';

/** The objects of Discord's API, as far as apps read them. */
export interface Payloads {
  user(user: User): Json;
  member(guild: Guild, userId: string): Json;
  role(guild: Guild, id: string): Json;
  guild(guild: Guild): Json;
  channel(channel: Channel): Json;
  attachment(attachment: Attachment, channelId: string): Json;
  /** `full`: with what only an app that may read messages, or was addressed, gets to know. */
  message(message: Message, full?: boolean): Json;
  application(): Json;
}

const channelTypes = { text: 0, voice: 2, forum: 15, dm: 1, thread: 11 } as const;

export function createPayloads(world: World, cdn: Cdn, publicKey: string): Payloads {
  const payloads: Payloads = {
    user: ({ id, name, bot }) => ({
      id,
      username: name,
      discriminator: bot ? '0001' : '0',
      global_name: bot ? null : name,
      avatar: null,
      bot,
      system: false,
      public_flags: 0,
    }),
    member(guild, userId) {
      const user = world.users.get(userId);
      return {
        ...(user ? { user: payloads.user(user) } : {}),
        nick: null,
        avatar: null,
        banner: null,
        roles: guild.members.get(userId) ?? [],
        joined_at: iso(world.now()),
        premium_since: null,
        deaf: false,
        mute: false,
        flags: 0,
        pending: false,
        communication_disabled_until: null,
      };
    },
    role(guild, id) {
      const role = guild.roles.get(id);
      return {
        id,
        name: role?.name ?? '',
        color: 0,
        colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
        hoist: false,
        icon: null,
        unicode_emoji: null,
        position: [...guild.roles.keys()].indexOf(id),
        permissions: String(role?.permissions ?? 0n),
        managed: false,
        mentionable: role?.mentionable ?? false,
        flags: 0,
      };
    },
    guild: (guild) => ({
      id: guild.id,
      name: guild.name,
      owner_id: guild.ownerId,
      icon: null,
      splash: null,
      discovery_splash: null,
      afk_channel_id: null,
      afk_timeout: 300,
      verification_level: 0,
      default_message_notifications: 0,
      explicit_content_filter: 0,
      roles: [...guild.roles.keys()].map((id) => payloads.role(guild, id)),
      emojis: [],
      stickers: [],
      features: [],
      mfa_level: 0,
      application_id: null,
      system_channel_id: null,
      system_channel_flags: 0,
      rules_channel_id: null,
      max_members: 500_000,
      vanity_url_code: null,
      description: null,
      banner: null,
      premium_tier: guild.fileBytesMax > 50 * 2 ** 20 ? 3 : guild.fileBytesMax > 10 * 2 ** 20 ? 2 : 0,
      premium_subscription_count: 0,
      preferred_locale: guild.locale,
      public_updates_channel_id: null,
      nsfw_level: 0,
      premium_progress_bar_enabled: false,
      safety_alerts_channel_id: null,
    }),
    channel(channel) {
      const { id, kind, name, guildId, parentId, recipientId, nsfw, overwrites, archived, locked, messages } = channel;
      const last_message_id = messages.at(-1)?.id ?? null;
      const recipient = world.users.get(recipientId ?? '');
      if (recipient) return { id, type: 1, last_message_id, recipients: [payloads.user(recipient)], flags: 0 };
      const common = { id, type: channelTypes[kind], guild_id: guildId, name, last_message_id, flags: 0 };
      if (kind === 'thread') {
        return {
          ...common,
          parent_id: parentId,
          owner_id: world.botId,
          message_count: messages.length,
          member_count: 1,
          rate_limit_per_user: 0,
          thread_metadata: { archived, locked, auto_archive_duration: 1440, archive_timestamp: iso(world.now()) },
        };
      }
      const permission_overwrites = overwrites.map((overwrite) => ({
        id: overwrite.id,
        type: overwrite.of === 'role' ? 0 : 1,
        allow: String(overwrite.allow),
        deny: String(overwrite.deny),
      }));
      return {
        ...common,
        topic: null,
        nsfw,
        position: 0,
        permission_overwrites,
        rate_limit_per_user: 0,
        parent_id: null,
      };
    },
    attachment(attachment, channelId) {
      const url = cdn.urlOf(attachment, channelId);
      return {
        id: attachment.id,
        filename: attachment.name,
        size: attachment.bytes.byteLength,
        url,
        proxy_url: url,
        content_type: attachment.type,
        ...(attachment.description === undefined ? {} : { description: attachment.description }),
        ...(attachment.private ? { ephemeral: true } : {}),
      };
    },
    message: (message, full = true) => messagePayload(world, payloads, message, full),
    application: () => ({
      id: world.applicationId,
      name: world.users.get(world.botId)?.name,
      icon: null,
      description: '',
      bot_public: true,
      bot_require_code_grant: false,
      verify_key: publicKey,
      flags: 0,
      team: null,
      owner: {
        id: createHash('sha1').update(world.botId).digest().readUIntBE(0, 6).toString(),
        username: 'owner',
        discriminator: '0',
        avatar: null,
      },
      integration_types_config: { 0: {}, 1: {} },
      approximate_guild_count: [...world.guilds.values()].filter(({ hasBot }) => hasBot).length,
      interactions_endpoint_url: null,
    }),
  };
  return payloads;
}

/** A member as interactions carry it: with what they may do in the channel. */
export function interactionMember(
  world: World,
  payloads: Payloads,
  guild: Guild,
  channel: Channel,
  userId: string,
): Json {
  return { ...payloads.member(guild, userId), permissions: String(permissionsIn(world, channel, userId)) };
}
