import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, IShardingStrategy, WebSocketShardStatus } from 'discord.js';

export interface GatewayEvents {
  /** An interaction as JSON. */
  onInteraction: (raw: unknown) => void;
  /** A message as JSON, and the bot's own user id. */
  onMessage: (raw: unknown, botId: string) => void;
  /** The bot is in a guild, told of each on every connection and of a new one, or was taken out of it. */
  onGuild: (guildId: string, isIn: boolean) => void;
}

export interface GatewayClient {
  client: Client;
  /** Nothing is handed on any more, and every connection ends; resolves when it has. */
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
/** A connection that is being opened may also wait its turn to identify, 5 s. */
const settleMaxMs = 20_000;
const settlePollMs = 20;
const connecting: WebSocketShardStatus = 1;

/** A client that hands raw events on and keeps nothing in memory; not connected yet. */
export async function createGatewayClient(apiUrl: string, events: GatewayEvents): Promise<GatewayClient> {
  const sdk = await import('discord.js');
  let strategy: IShardingStrategy | undefined;
  let forbidConnecting: (() => void) | undefined;
  let closed = false;
  let botId = '';
  const client = new sdk.Client({
    shards: 'auto',
    // Mentions and direct messages come with their words without the message content intent, which needs a review.
    // Guilds, which needs none either, tells when the bot is taken out of one.
    intents: [sdk.GatewayIntentBits.Guilds, sdk.GatewayIntentBits.GuildMessages, sdk.GatewayIntentBits.DirectMessages],
    makeCache: sdk.Options.cacheWithLimits({
      ...{ MessageManager: 0, UserManager: 0, GuildMemberManager: 0, ThreadManager: 0, ThreadMemberManager: 0 },
      ...{ DMMessageManager: 0, GuildMessageManager: 0, ReactionManager: 0, PresenceManager: 0, VoiceStateManager: 0 },
    }),
    rest: { api: apiUrl, retries: 0, rejectOnRateLimit: () => true },
    ws: {
      buildStrategy(manager) {
        Object.assign(manager.options, { handshakeTimeout: connectTimeoutMs, helloTimeout: connectTimeoutMs });
        forbidConnecting = () => {
          // Asked before each connection, and after each event.
          manager.options.retrieveSessionInfo = () => new Promise(() => undefined);
        };
        strategy = new sdk.SimpleShardingStrategy(manager);
        return strategy;
      },
    },
  });
  client.ws.on(sdk.GatewayDispatchEvents.Ready, (data: { user: { id: string } }) => {
    botId = data.user.id;
  });
  client.ws.on(sdk.GatewayDispatchEvents.InteractionCreate, (raw: unknown) => {
    if (!closed) events.onInteraction(raw);
  });
  client.ws.on(sdk.GatewayDispatchEvents.MessageCreate, (raw: unknown) => {
    if (!closed) events.onMessage(raw, botId);
  });
  client.ws.on(sdk.GatewayDispatchEvents.GuildCreate, ({ id }: { id: string }) => {
    if (!closed) events.onGuild(id, true);
    // The SDK has it in memory after this event, with all channels and roles.
    setImmediate(() => {
      client.guilds.cache.delete(id);
      client.channels.cache.clear();
    });
  });
  client.ws.on(sdk.GatewayDispatchEvents.GuildDelete, ({ id, unavailable }: { id: string; unavailable?: boolean }) => {
    // Unavailable: Discord has an outage there.
    if (!closed && !unavailable) events.onGuild(id, false);
  });
  // Without a listener it is thrown.
  client.on('error', () => undefined);

  /**
   * The SDK connects again by itself when it is destroyed while it is connecting, and leaves an open socket without a
   * listener for its errors. So it is kept from connecting, and what is being opened is waited for.
   */
  async function close(): Promise<void> {
    closed = true;
    forbidConnecting?.();
    const deadline = performance.now() + settleMaxMs;
    const isConnecting = async () => (await strategy?.fetchStatus())?.some((status) => status === connecting) ?? false;
    while ((await isConnecting()) && performance.now() < deadline) await sleep(settlePollMs);
    await client.destroy();
  }

  return { client, close };
}
