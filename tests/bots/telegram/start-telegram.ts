import type { Bot, Lease } from '#bots/define.ts';
import { createTelegram, type TelegramConfig } from '#bots/telegram/index.ts';
import { defaultTiming, type Timing } from '#bots/telegram/timing.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { createBotDeps, type LogLine } from '#tests/bots/bot-deps.ts';
import { listenForWebhook } from '#tests/bots/listen-for-webhook.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import { noRate } from '#tests/servers/rates.ts';
import { startTelegramServer, type TelegramServer, type TelegramServerOptions } from '#tests/servers/telegram.ts';

export const webhookSecret = 'a-secret-of-tests_42';

export type Mode = 'polling' | 'webhook';

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
  const { deps, logs, blobs } = createBotDeps(options.lease && { lease: options.lease });
  const http = await listenForWebhook();
  const config: TelegramConfig = {
    token: options.token ?? server.token,
    apiUrl: server.url,
    ...(mode === 'webhook' ? { webhook: { secret: webhookSecret, publicUrl: http.url } } : {}),
  };
  const create = () => createTelegram(config, deps, { ...quickTiming, ...options.timing });
  const bot = create();
  http.serve(bot);
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
