import { LRUCache } from 'lru-cache';
import type { Api } from '#bots/discord/api.ts';
import { limits } from '#bots/discord/limits.ts';
import { isThread } from '#bots/discord/protocol.ts';
import type { Logger } from '#src/logger.ts';

export interface GuildFacts {
  name: string;
  ownerId: string;
  /** Permission bits by role id; the one named like the guild is everybody's. */
  roles: ReadonlyMap<string, bigint>;
  roleNames: ReadonlyMap<string, string>;
  /** Largest file that the bot may post there. */
  fileBytesMax: number;
}

export interface ChannelFacts {
  name: string;
  /** Of a thread: the channel it is in. */
  parentId?: string;
  /** Kept to adults. */
  ageRestricted: boolean;
}

/** What the API knows about places, kept for a while. */
export interface Places {
  /** Undefined when it cannot be looked up. `aged`: an older answer will do, such as for a name; `now`: none will. */
  guild(id: string, options?: { aged?: true; now?: true }): Promise<GuildFacts | undefined>;
  channel(id: string): Promise<ChannelFacts | undefined>;
  /** The channel of a person's direct messages, and the person's name. @throws {DeliveryError} */
  direct(userId: string): Promise<{ id: string; name: string }>;
}

interface GuildPayload {
  name: string;
  owner_id: string;
  premium_tier: number;
  roles: { id: string; name: string; permissions: string }[];
}

interface ChannelPayload {
  type: number;
  name?: string | null;
  parent_id?: string | null;
  nsfw?: boolean;
}

interface DirectChannelPayload {
  id: string;
  recipients?: { username: string; global_name?: string | null }[];
}

/** By premium tier: https://docs.discord.com/developers/reference#uploading-files */
const boostedFileBytesMax: Readonly<Record<number, number>> = { 2: 50 * 1024 * 1024, 3: 100 * 1024 * 1024 };

const rolesTtlMs = 60_000;
const namesTtlMs = 600_000;
/** A command is waiting for the answer. */
const lookupTimeoutMs = 3_000;
const keptMax = 5_000;

export function createPlaces(
  { api, log }: { api: Pick<Api, 'call'>; log: Logger },
  perf: { now(): number } = performance,
): Places {
  const lookUp = <T>(path: `/${string}`) =>
    api.call<T>({ method: 'GET', path, signal: AbortSignal.timeout(lookupTimeoutMs) });

  const guilds = new LRUCache<string, GuildFacts>({
    max: keptMax,
    ttl: rolesTtlMs,
    perf,
    ttlResolution: 0,
    noDeleteOnStaleGet: true,
    noDeleteOnFetchRejection: true,
    fetchMethod: async (id) => {
      const guild = await lookUp<GuildPayload>(`/guilds/${id}`);
      const roles = new Map(guild.roles.map((role) => [role.id, BigInt(role.permissions)]));
      const roleNames = new Map(guild.roles.map((role) => [role.id, role.name]));
      const fileBytesMax = boostedFileBytesMax[guild.premium_tier] ?? limits.fileBytesMax;
      return { name: guild.name, ownerId: guild.owner_id, roles, roleNames, fileBytesMax };
    },
  });
  const channels = new LRUCache<string, ChannelFacts>({
    max: keptMax,
    ttl: namesTtlMs,
    perf,
    ttlResolution: 0,
    fetchMethod: async (id) => {
      const channel = await lookUp<ChannelPayload>(`/channels/${id}`);
      const parentId = isThread(channel.type) ? channel.parent_id : undefined;
      const ageRestricted = channel.nsfw === true;
      return { name: channel.name ?? id, ageRestricted, ...(parentId ? { parentId } : {}) };
    },
  });
  const directs = new LRUCache<string, { id: string; name: string }>({
    max: keptMax,
    fetchMethod: async (recipient_id) => {
      const path = '/users/@me/channels';
      const channel = await api.call<DirectChannelPayload>({ method: 'POST', path, body: { recipient_id } });
      const [recipient] = channel.recipients ?? [];
      return { id: channel.id, name: recipient?.global_name ?? recipient?.username ?? recipient_id };
    },
  });

  async function orUndefined<T>(looked: Promise<T | undefined>, what: object): Promise<T | undefined> {
    try {
      return await looked;
    } catch (error) {
      log.warn({ err: error, ...what }, 'Discord did not tell about a place');
      return undefined;
    }
  }

  return {
    guild: (id, { aged = false, now = false } = {}) =>
      orUndefined(guilds.fetch(id, { allowStale: aged, forceRefresh: now }), { discordGuild: id }),
    channel: (id) => orUndefined(channels.fetch(id), { discordChannel: id }),
    async direct(userId) {
      const channel = await directs.fetch(userId);
      if (channel === undefined) throw new Error('the channel of direct messages is not known');
      return channel;
    },
  };
}
