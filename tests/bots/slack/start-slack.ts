import { createHash } from 'node:crypto';
import { fastify } from 'fastify';
import type { BotDeps } from '#bots/define.ts';
import { createSlack, type SlackTiming } from '#bots/slack/create-slack.ts';
import { createManifest } from '#bots/slack/manifest.ts';
import { BlobMissingError, type BlobStore } from '#core/ports/blobs.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { download } from '#src/download.ts';
import { createI18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';
import { type SlackServer, type SlackServerOptions, startSlackServer } from '#tests/servers/slack.ts';
import type { SlackTeam } from '#tests/servers/slack-people.ts';

export const i18n = createI18n();

export type SlackMode = 'http' | 'socket';

export interface LogLine {
  level: string;
  message: string;
  values: Record<string, unknown>;
}

/** The platform against its server; not started yet. */
export interface StartedSlack {
  server: SlackServer;
  team: SlackTeam;
  bot: ReturnType<typeof createSlack>;
  blobs: BlobStore;
  logs: LogLine[];
  /** Where Slack posts to, in HTTP mode. */
  eventsUrl: string;
  /** Starts the platform; resolves once it takes commands in. */
  start(core: ChatCore): Promise<void>;
  /** Another instance with the same configuration, as another process would have; not mounted. */
  another(): ReturnType<typeof createSlack>;
  stop(): Promise<void>;
}

const noRate = { limit: Number.POSITIVE_INFINITY, windowMs: 1000 };
/** The contract writes faster than any core would. */
export const noRates: NonNullable<SlackServerOptions['rates']> = {
  ...{ channel: noRate, 'chat.postMessage': noRate, 'chat.update': noRate, 'chat.postEphemeral': noRate },
  ...{ 'files.getUploadURLExternal': noRate, 'files.completeUploadExternal': noRate, 'files.info': noRate },
  ...{ 'users.info': noRate, 'conversations.info': noRate, 'conversations.open': noRate, 'views.open': noRate },
};

/** The platform as its own manifest describes it: Slack refuses what is not declared there. */
export async function startSlack(
  mode: SlackMode,
  options: {
    server?: SlackServerOptions;
    timing?: SlackTiming;
    botToken?: string;
    appToken?: string;
    apiUrl?: string;
  } = {},
): Promise<StartedSlack> {
  const manifest = createManifest(i18n, {
    locale: 'en',
    ...(mode === 'http' ? { publicUrl: 'https://easel.example.org' } : {}),
  });
  const server = await startSlackServer({
    manifest: manifest as SlackServerOptions['manifest'] & object,
    rates: noRates,
    ...options.server,
  });
  const team = server.addTeam('Studio');
  const logs: LogLine[] = [];
  const blobs = createMemoryBlobs();
  const deps: BotDeps = {
    log: createRecordingLog(logs),
    i18n,
    blobs,
    bus: { on: () => () => undefined, say: async () => undefined },
    download,
    lease: { hold: () => ({ stop: async () => undefined }) },
    stores: {} as BotDeps['stores'],
  };
  const config = {
    botToken: options.botToken ?? team.botToken,
    signingSecret: mode === 'http' ? server.signingSecret : undefined,
    appToken: mode === 'socket' ? (options.appToken ?? server.appToken) : undefined,
    apiUrl: options.apiUrl ?? server.url,
  };
  const timing: SlackTiming = { staggers: [0, 0], looks: Array.from({ length: 60 }, () => 10), ...options.timing };
  const create = () => createSlack(config, deps, timing);
  const bot = create();
  const http = fastify({ forceCloseConnections: true });
  if (bot.routes) await http.register(bot.routes);
  const eventsUrl = `${await http.listen({ host: '127.0.0.1', port: 0 })}/slack/events`;
  if (mode === 'http') server.deliverTo(eventsUrl);
  return {
    server,
    team,
    bot,
    blobs,
    logs,
    eventsUrl,
    async start(core) {
      await bot.platform.start(core);
      if (mode === 'socket') await waitUntil(() => server.socket.connections === timing.staggers?.length, 'connected');
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
