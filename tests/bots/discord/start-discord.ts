import { expect } from 'vitest';
import type { Bot } from '#bots/define.ts';
import { createDiscord } from '#bots/discord/index.ts';
import { readPublicKey } from '#bots/discord/verify-signature.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { createBotDeps, type LogLine } from '#tests/bots/bot-deps.ts';
import { listenForWebhook } from '#tests/bots/listen-for-webhook.ts';
import { type DiscordServer, type DiscordServerOptions, startDiscordServer } from '#tests/servers/discord.ts';
import { noRate } from '#tests/servers/rates.ts';

export type DiscordMode = 'gateway' | 'webhook';

/** The platform against its server; not started yet. */
export interface StartedDiscord {
  server: DiscordServer;
  bot: Bot;
  blobs: BlobStore;
  logs: LogLine[];
  /** Starts the platform; resolves once it takes commands in. */
  start(core: ChatCore): Promise<void>;
  /** Another instance with the same configuration, as another process would have. */
  another(): Bot;
  stop(): Promise<void>;
}

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
  const http = await listenForWebhook();
  http.serve(bot);
  if (mode === 'webhook') server.deliverTo(`${http.url}/discord/interactions`);
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
