import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import type { Bot, Lease } from '#bots/define.ts';
import { createTelegram, type TelegramConfig } from '#bots/telegram/index.ts';
import { defaultTiming, type Timing } from '#bots/telegram/timing.ts';
import { BlobMissingError, type BlobStore } from '#core/ports/blobs.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { download } from '#src/download.ts';
import { createI18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';
import { startTelegramServer, type TelegramServer, type TelegramServerOptions } from '#tests/servers/telegram.ts';

export const i18n = createI18n();
export const webhookSecret = 'a-secret-of-tests_42';

export type Mode = 'polling' | 'webhook';

export interface LogLine {
  level: string;
  message: string;
  values: Record<string, unknown>;
}

/** The platform against its server. */
export interface StartedTelegram {
  server: TelegramServer;
  bot: Bot;
  blobs: BlobStore;
  logs: LogLine[];
  /** Where updates are posted to, in webhook mode. */
  webhookUrl: string;
  /** Resolves once the platform takes commands in. */
  start(core: ChatCore): Promise<void>;
  /** Another instance with the same configuration, as after a restart. */
  another(): Bot;
  stop(): Promise<void>;
}

const noRate = { limit: Number.POSITIVE_INFINITY, windowMs: 1000 };
/** The contract writes faster than any core would. */
export const noRates: NonNullable<TelegramServerOptions['rates']> = { chat: noRate, group: noRate, all: noRate };

/** Waits that a test need not sit through. */
export const quickTiming: Timing = {
  ...defaultTiming,
  albumQuietMs: 100,
  windowWaitMs: 50,
  waits: { firstMs: 5, maxMs: 50 },
};

export async function startTelegram(
  mode: Mode,
  options: { server?: TelegramServerOptions; timing?: Partial<Timing>; token?: string; lease?: Lease } = {},
): Promise<StartedTelegram> {
  const server = await startTelegramServer({ rates: noRates, retryDelayMs: 20, ...options.server });
  const logs: LogLine[] = [];
  const blobs = createMemoryBlobs();
  const http = await listen();
  const config: TelegramConfig = {
    token: options.token ?? server.token,
    apiUrl: server.url,
    ...(mode === 'webhook' ? { webhook: { secret: webhookSecret, publicUrl: http.url } } : {}),
  };
  const deps = { log: createRecordingLog(logs), i18n, blobs, download, lease: options.lease ?? freeLease };
  const create = () => createTelegram(config, deps, { ...quickTiming, ...options.timing });
  const bot = create();
  await http.serve(bot);
  return {
    server,
    bot,
    blobs,
    logs,
    webhookUrl: `${http.url}/telegram/webhook`,
    async start(core) {
      await bot.platform.start(core);
      const isReady = () =>
        server.requests.some(
          ({ method, status }) =>
            method === (mode === 'webhook' ? 'setWebhook' : 'getUpdates') && (mode === 'polling' || status === 200),
        );
      await waitUntil(isReady, 'the platform takes updates in');
    },
    another: create,
    async stop() {
      await bot.platform.stop();
      await http.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Polls a condition that no event tells of. */
export async function waitUntil(holds: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not so after ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Listens before there is anything to serve, as the platform wants to know its address first. */
async function listen() {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => {
    response.writeHead(503).end();
  };
  const server = createHttpServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async serve({ routes }: Bot) {
      const app = fastify();
      if (routes) await app.register(routes);
      await app.ready();
      handle = (request, response) => app.routing(request, response);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Held by whoever asks. */
const freeLease: Lease = {
  hold(_name, run) {
    const controller = new AbortController();
    const running = run(controller.signal);
    return {
      async stop() {
        controller.abort();
        await running;
      },
    };
  },
};

function createMemoryBlobs(): BlobStore {
  const stored = new Map<string, Uint8Array>();
  const putTemporary = async (key: string, bytes: Uint8Array) => {
    stored.set(key, bytes);
    return key;
  };
  return {
    putTemporary,
    put: (workspaceId, bytes) =>
      putTemporary(`${workspaceId}/${createHash('sha256').update(bytes).digest('hex')}`, bytes),
    async read(key) {
      const bytes = stored.get(key);
      if (!bytes) throw new BlobMissingError(key);
      return bytes;
    },
    async delete(key) {
      stored.delete(key);
    },
    check: async () => undefined,
  };
}

function createRecordingLog(logs: LogLine[]): Logger {
  const record =
    (level: string) =>
    (values: unknown, message?: unknown): void => {
      if (typeof values === 'string') logs.push({ level, message: values, values: {} });
      else logs.push({ level, message: String(message ?? ''), values: { ...(values as Record<string, unknown>) } });
    };
  const log: Logger = {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    fatal: record('fatal'),
    child: () => log,
  };
  return log;
}
