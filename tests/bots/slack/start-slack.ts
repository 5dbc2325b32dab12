import { createSlack, type SlackTiming } from '#bots/slack/create-slack.ts';
import { createManifest } from '#bots/slack/manifest.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { createBotDeps, i18n, type LogLine } from '#tests/bots/bot-deps.ts';
import { listenForWebhook } from '#tests/bots/listen-for-webhook.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import { noRate } from '#tests/servers/rates.ts';
import { type SlackServer, type SlackServerOptions, startSlackServer } from '#tests/servers/slack.ts';
import type { SlackTeam } from '#tests/servers/slack-people.ts';

export type SlackMode = 'http' | 'socket';

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
  const { deps, logs, blobs } = createBotDeps();
  const config = {
    access: { botToken: options.botToken ?? team.botToken },
    signingSecret: mode === 'http' ? server.signingSecret : undefined,
    appToken: mode === 'socket' ? (options.appToken ?? server.appToken) : undefined,
    apiUrl: options.apiUrl ?? server.url,
  };
  const timing: SlackTiming = { staggers: [0, 0], looks: Array.from({ length: 60 }, () => 10), ...options.timing };
  const create = () => createSlack(config, deps, timing);
  const bot = create();
  const http = await listenForWebhook();
  http.serve(bot);
  const eventsUrl = `${http.url}/slack/events`;
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
