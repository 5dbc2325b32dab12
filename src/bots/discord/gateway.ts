import { once } from 'node:events';
import { createGatewayClient, type GatewayEvents } from '#bots/discord/gateway-client.ts';
import { pause } from '#bots/pause.ts';
import type { Logger } from '#src/logger.ts';

export interface GatewayOptions extends GatewayEvents {
  token: string;
  apiUrl: string;
  log: Logger;
  /** It is connected, for the first time or anew. */
  onReady: () => void;
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
    await pause(waitMs, signal);
  }
}

type SessionEnd = { kind: 'stopped' } | { kind: 'refused' | 'unreachable'; reason: string };

async function runSession(options: GatewayOptions, signal: AbortSignal): Promise<SessionEnd> {
  const { log, token, apiUrl } = options;
  const { promise: ended, resolve: end } = Promise.withResolvers<SessionEnd>();
  const stop = () => end({ kind: 'stopped' });
  const { client, close } = await createGatewayClient(apiUrl, options);
  client.on('shardDisconnect', ({ code }) => end({ kind: 'refused', reason: `closed with ${code}` }));
  client.on('shardError', ({ message }) => log.warn({ reason: message }, 'the gateway connection has a fault'));
  client.on('shardReconnecting', () => log.info('the gateway connection broke off and is taken up again'));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  else {
    client.login(token).then(
      () => {
        log.info('connected to the Discord gateway');
        options.onReady();
      },
      (error: unknown) => end(explain(error)),
    );
  }
  try {
    return await ended;
  } finally {
    signal.removeEventListener('abort', stop);
    await close();
  }
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
