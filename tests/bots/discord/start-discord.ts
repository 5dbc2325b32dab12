import { createHash } from 'node:crypto';
import { fastify } from 'fastify';
import { expect } from 'vitest';
import type { Bot, BotDeps, Lease } from '#bots/define.ts';
import { createDiscord } from '#bots/discord/index.ts';
import { readPublicKey } from '#bots/discord/verify-signature.ts';
import { BlobMissingError, type BlobStore } from '#core/ports/blobs.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { download } from '#src/download.ts';
import { createI18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';
import { type DiscordServer, type DiscordServerOptions, startDiscordServer } from '#tests/servers/discord.ts';

export const i18n = createI18n();

export type DiscordMode = 'gateway' | 'webhook';

/** The platform against its server; not started yet. */
export interface StartedDiscord {
  server: DiscordServer;
  bot: Bot;
  blobs: BlobStore;
  logs: { level: string; message: string; values: Record<string, unknown> }[];
  /** Starts the platform; resolves once it takes commands in. */
  start(core: ChatCore): Promise<void>;
  /** Another instance with the same configuration, as another process would have. */
  another(): Bot;
  stop(): Promise<void>;
}

const unlimited = Number.POSITIVE_INFINITY;
const noRate = { limit: unlimited, windowMs: 1000 };
/** The contract writes faster than any core would. */
export const noRates: NonNullable<DiscordServerOptions['rates']> = {
  ...{ global: noRate, createMessage: noRate, editMessage: noRate, deleteMessage: noRate, readMessages: noRate },
  ...{ typing: noRate, createThread: noRate, openDm: noRate, webhook: noRate, putCommands: noRate },
};

export async function startDiscord(
  mode: DiscordMode,
  options: { server?: DiscordServerOptions; deferAfterMs?: number; port?: number } = {},
): Promise<StartedDiscord> {
  const server = await startDiscordServer({ rates: noRates, ...options.server });
  const { deps, logs, blobs } = createBotDeps();
  const config = {
    token: server.token,
    apiUrl: server.url,
    publicKey: mode === 'webhook' ? readPublicKey(server.publicKey) : undefined,
    now: server.now,
    ...(options.deferAfterMs === undefined ? {} : { deferAfterMs: options.deferAfterMs }),
  };
  const bot = createDiscord(config, deps);
  const http = fastify({ forceCloseConnections: true });
  if (bot.routes) await http.register(bot.routes);
  const address = await http.listen({ host: '127.0.0.1', port: 0 });
  if (mode === 'webhook') server.deliverTo(`${address}/discord/interactions`);
  return {
    server,
    bot,
    blobs,
    logs,
    async start(core) {
      await bot.platform.start(core);
      await server.registered('imagine');
      if (mode === 'gateway') await server.connected();
    },
    another: () => createDiscord(config, deps),
    async stop() {
      await bot.platform.stop();
      await http.close();
      await server.close();
      expect(server.violations).toEqual([]);
    },
  };
}

/** What a platform may use, in memory. */
export function createBotDeps(replaced: Partial<BotDeps> = {}) {
  const logs: StartedDiscord['logs'] = [];
  const blobs = createMemoryBlobs();
  const deps: BotDeps = {
    log: createRecordingLog(logs),
    i18n,
    blobs,
    bus: { on: () => () => undefined, say: async () => undefined },
    download,
    lease: alwaysFree,
    stores: {} as BotDeps['stores'],
    ...replaced,
  };
  return { deps, logs, blobs };
}

function createMemoryBlobs(): BlobStore {
  const stored = new Map<string, Uint8Array>();
  return {
    async put(workspaceId, bytes) {
      const key = `${workspaceId}/${createHash('sha256').update(bytes).digest('hex')}`;
      stored.set(key, bytes);
      return key;
    },
    async putTemporary(key, bytes) {
      stored.set(key, bytes);
      return key;
    },
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

const alwaysFree: Lease = {
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

function createRecordingLog(logs: StartedDiscord['logs']): Logger {
  const write =
    (level: string) =>
    (values: unknown, message?: string): void => {
      const isText = typeof values === 'string';
      logs.push({
        level,
        message: isText ? values : (message ?? ''),
        values: isText ? {} : (values as Record<string, unknown>),
      });
    };
  const log = Object.fromEntries(['debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, write(level)]));
  return { ...log, child: () => createRecordingLog(logs) } as unknown as Logger;
}
