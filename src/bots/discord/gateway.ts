import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'discord.js';
import type { Logger } from '#src/logger.ts';

export interface GatewayOptions {
  token: string;
  apiUrl: string;
  log: Logger;
  /** It is connected, for the first time or again. */
  onReady: () => void;
  /** An interaction as JSON. */
  onInteraction: (raw: unknown) => void;
  /** A message as JSON, and the bot's own user id. */
  onMessage: (raw: unknown, botId: string) => void;
}

const retryFirstMs = 1_000;
const retryMaxMs = 60_000;

/**
 * Keeps a gateway connection until the signal fires. The SDK resumes what breaks off; when Discord cannot be reached
 * at all it is tried again with growing waits, and a refusal is logged once, as only an operator can help.
 */
export async function holdGateway(options: GatewayOptions, signal: AbortSignal): Promise<void> {
  const { log } = options;
  for (let waitMs = retryFirstMs; !signal.aborted; waitMs = Math.min(retryMaxMs, waitMs * 2)) {
    const end = await runSession(options, signal);
    if (end.kind === 'stopped') return;
    if (end.kind === 'refused') {
      log.error(
        { reason: end.reason },
        'Discord refused the gateway connection: DISCORD_TOKEN must be a valid bot token',
      );
      if (!signal.aborted) await once(signal, 'abort');
      return;
    }
    log.warn({ reason: end.reason, waitMs }, 'Discord cannot be reached; it is tried again');
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

type SessionEnd = { kind: 'stopped' } | { kind: 'refused' | 'unreachable'; reason: string };

async function runSession(options: GatewayOptions, signal: AbortSignal): Promise<SessionEnd> {
  const { promise: ended, resolve: end } = Promise.withResolvers<SessionEnd>();
  const stop = () => end({ kind: 'stopped' });
  signal.addEventListener('abort', stop);
  const client = await createClient(options);
  client.on('shardDisconnect', ({ code }) => end({ kind: 'refused', reason: `closed with ${code}` }));
  client.on('shardError', (error) => options.log.warn({ reason: error.message }, 'the gateway connection broke off'));
  client.on('shardReconnecting', () => options.log.info('the gateway connection is resumed'));
  client.login(options.token).then(
    () => {
      options.log.info('connected to the Discord gateway');
      options.onReady();
    },
    (error: unknown) => end(explain(error)),
  );
  if (signal.aborted) stop();
  try {
    return await ended;
  } finally {
    signal.removeEventListener('abort', stop);
    await client.destroy();
  }
}

async function createClient({ apiUrl, onInteraction, onMessage }: GatewayOptions): Promise<Client> {
  const { Client, GatewayDispatchEvents, GatewayIntentBits, Options } = await import('discord.js');
  const client = new Client({
    shards: 'auto',
    // Mentions and direct messages come with their words without the message content intent, which needs a review.
    intents: [GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages],
    // Events are read as they came; nothing is looked up in caches.
    makeCache: Options.cacheWithLimits({
      ...{ MessageManager: 0, UserManager: 0, GuildMemberManager: 0, ThreadManager: 0, ThreadMemberManager: 0 },
      ...{ DMMessageManager: 0, GuildMessageManager: 0, ReactionManager: 0, PresenceManager: 0, VoiceStateManager: 0 },
    }),
    rest: { api: apiUrl, retries: 0, rejectOnRateLimit: () => true },
  });
  let botId = '';
  client.ws.on(GatewayDispatchEvents.Ready, (data: { user: { id: string } }) => {
    botId = data.user.id;
  });
  client.ws.on(GatewayDispatchEvents.InteractionCreate, onInteraction);
  client.ws.on(GatewayDispatchEvents.MessageCreate, (raw: unknown) => onMessage(raw, botId));
  return client;
}

function explain(error: unknown): SessionEnd {
  const { code, status, message } = error as { code?: unknown; status?: unknown; message?: unknown };
  const reason = String(message ?? error);
  const isRefusal = code === 'TokenInvalid' || status === 401 || hopelessMessages.includes(reason);
  return { kind: isRefusal ? 'refused' : 'unreachable', reason };
}

/** What the SDK says when the gateway closed a connection for good. */
const hopelessMessages = [
  'Authentication failed',
  'Invalid shard',
  'Sharding is required',
  'Used an invalid API version',
  'Used invalid intents',
  'Used disallowed intents',
];
