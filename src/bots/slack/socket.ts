import type { SocketModeReceiver, webApi } from '@slack/bolt';
import { pause } from '#bots/pause.ts';
import { settledWithin } from '#bots/settled-within.ts';
import { clientOptions, sdkLogger } from '#bots/slack/client.ts';
import { readPayload } from '#bots/slack/inbound.ts';
import type { Intake } from '#bots/slack/intake.ts';
import type { Logger } from '#src/logger.ts';

export interface SocketConfig {
  appToken: string;
  apiUrl: string | undefined;
}

/**
 * Two connections, as Slack closes each every few hours and a command that finds none fails in front of the person. The
 * second comes later, so that they are not closed at the same time.
 */
const staggersMs = [0, 30_000];
const retryFirstMs = 500;
const retryMaxMs = 60_000;
const closeMaxMs = 2000;
/** Slack closes a connection about ten seconds after it has announced so, and may use it until then. */
const drainMsDefault = 60_000;
/** The token is wrong or dead: asking again changes nothing until somebody does something about it. */
const hopeless = new Set(['account_inactive', 'invalid_auth', 'not_allowed_token_type', 'not_authed', 'token_revoked']);

type SocketClient = SocketModeReceiver['client'];

/** Takes payloads in over Socket Mode until `stop`; connects in the background, for as long as it takes. */
export function openSockets(
  config: SocketConfig,
  intake: Intake,
  log: Logger,
  { staggers = staggersMs, drainMs = drainMsDefault } = {},
) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const open = new Set<SocketClient>();
  let refused = false;

  async function newClient(): Promise<SocketClient> {
    const { SocketModeReceiver } = await import('@slack/bolt');
    const { client } = new SocketModeReceiver({
      appToken: config.appToken,
      // Its own way back waits for five seconds and more, in which commands would be lost.
      autoReconnectEnabled: false,
      installerOptions: { clientOptions: clientOptions(config.apiUrl) },
      logger: sdkLogger(log),
    });
    client.on('slack_event', ({ ack, body }: { ack(answer?: unknown): Promise<void>; body: unknown }) => {
      void acknowledge(intake, body, ack, log);
    });
    return client;
  }

  /** Resolves when the connection is about to end, or has. */
  async function serve(client: SocketClient): Promise<void> {
    const leaving = Promise.withResolvers<void>();
    // The SDK hangs up at once when Slack announces the end, and drops what is on its way.
    const [receive] = client.listeners('ws_message');
    client.removeAllListeners('ws_message');
    client.on('ws_message', (...message) => {
      if (isDisconnect(message[0])) leaving.resolve();
      else receive?.apply(client, message);
    });
    client.once('disconnected', () => {
      open.delete(client);
      leaving.resolve();
    });
    open.add(client);
    await client.start();
    log.info({ connections: open.size }, 'connected to Slack by Socket Mode');
    await leaving.promise;
    void drain(client);
  }

  /** Leaves it to Slack to hang up, for as long as that may take. */
  async function drain(client: SocketClient): Promise<void> {
    await pause(drainMs, signal, { ref: false });
    if (open.has(client) && !signal.aborted) await client.disconnect();
  }

  async function keep(staggerMs: number): Promise<void> {
    let failures = 0;
    if (staggerMs > 0) await pause(staggerMs, signal);
    while (!signal.aborted && !refused) {
      const client = await newClient();
      try {
        await serve(client);
        failures = 0;
      } catch (error) {
        open.delete(client);
        if (signal.aborted) return;
        if (hopeless.has(codeOf(error) ?? '')) {
          if (refused) return;
          refused = true;
          log.error({ reason: codeOf(error) }, 'Slack does not take SLACK_APP_TOKEN: no command comes in from Slack');
          return;
        }
        failures += 1;
        const waitMs = Math.min(retryMaxMs, retryFirstMs * 2 ** (failures - 1));
        if (failures === 1) log.warn({ err: error }, 'Socket Mode could not connect to Slack and tries again');
        await pause(retryAfterMs(error) ?? waitMs, signal);
      }
    }
  }

  const keeping = staggers.map((staggerMs) =>
    keep(staggerMs).catch((error) => {
      if (!signal.aborted) log.error({ err: error }, 'Socket Mode has ended');
    }),
  );

  return {
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all([...open].map((client) => settledWithin(client.disconnect(), closeMaxMs)));
      await Promise.allSettled(keeping);
    },
  };
}

async function acknowledge(
  intake: Intake,
  body: unknown,
  ack: (answer?: unknown) => Promise<void>,
  log: Logger,
): Promise<void> {
  try {
    const answer = await intake.take(body, readPayload(body));
    if (answer !== 'closed') await ack(answer);
  } catch (error) {
    // The connection went away meanwhile. Slack sends it again over another, where it finds the same answer.
    log.info({ err: error }, 'an acknowledgement was not sent');
  }
}

function isDisconnect(data: unknown): boolean {
  return typeof data === 'string' && data.length < 1000 && /"type"\s*:\s*"disconnect"/.test(data);
}

function codeOf(error: unknown): string | undefined {
  return (error as Partial<webApi.WebAPIPlatformError> | undefined)?.data?.error;
}

function retryAfterMs(error: unknown): number | undefined {
  const seconds = (error as Partial<webApi.WebAPIRateLimitedError> | undefined)?.retryAfter;
  return seconds === undefined ? undefined : seconds * 1000;
}
