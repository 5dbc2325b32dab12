import type { KeyObject } from 'node:crypto';
import type { Bot, BotDefinition, BotDeps } from '#bots/define.ts';
import { createApi } from '#bots/discord/api.ts';
import { globalBudget } from '#bots/discord/delivery-error.ts';
import { editPart } from '#bots/discord/edit.ts';
import { createGreet } from '#bots/discord/greet.ts';
import { createKnownAttachments } from '#bots/discord/known-attachments.ts';
import { createListener } from '#bots/discord/listener.ts';
import { directOf } from '#bots/discord/place-call.ts';
import { createPlaces } from '#bots/discord/places.ts';
import { noticeRemoval } from '#bots/discord/removal.ts';
import { sendPart } from '#bots/discord/send.ts';
import { splitMessage } from '#bots/discord/split.ts';
import { findStanding } from '#bots/discord/standing.ts';
import { createThreads } from '#bots/discord/threads.ts';
import { readPublicKey } from '#bots/discord/verify-signature.ts';
import { createWebhook } from '#bots/discord/webhook.ts';
import type { ChatPlatform } from '#core/ports/chat.ts';
import type { PlannedCall, RateBudget } from '#core/ports/delivery.ts';

const defaultApiUrl = 'https://discord.com/api';
/** Discord waits 3 s; what is left is for the way there. */
const defaultDeferAfterMs = 1_500;

/** Discord, by the gateway or, with DISCORD_PUBLIC_KEY, by signed HTTP requests. */
export const discord: BotDefinition = {
  id: 'discord',
  configure(env) {
    const { DISCORD_TOKEN: token, DISCORD_PUBLIC_KEY: hex, DISCORD_API_URL: apiUrl = defaultApiUrl } = env;
    if (!token && !hex && env.DISCORD_API_URL === undefined) return null;
    const listens = (env.EASEL_RUN ?? 'bots').split(',').some((part) => part.trim() === 'bots');
    const publicKey = hex && listens ? readPublicKey(hex) : undefined;
    const problems = [
      ...(token ? [] : ['DISCORD_TOKEN is missing: Discord needs the token of a bot']),
      ...(hex && listens && !publicKey
        ? ['DISCORD_PUBLIC_KEY must be the 64 hexadecimal digits of the application page']
        : []),
      ...(/^https?:\/\/\S+$/.test(apiUrl)
        ? []
        : ['DISCORD_API_URL must be an address, such as https://discord.com/api']),
    ];
    if (!token || problems.length > 0) return { problems };
    return { id: 'discord', create: (deps) => createDiscord({ token, publicKey, apiUrl }, deps) };
  },
};

export interface DiscordConfig {
  token: string;
  /** Undefined: the gateway. */
  publicKey: KeyObject | undefined;
  apiUrl: string;
  /** How long the core may take before people see that it is at work. */
  deferAfterMs?: number;
  /** What the age of a signature is measured with. */
  now?: () => number;
}

/** Nothing is loaded and nobody is contacted before something is sent or it is started. */
export function createDiscord(config: DiscordConfig, deps: BotDeps): Bot {
  const { publicKey, token, apiUrl } = config;
  const log = deps.log.child({ platform: 'discord' });
  const api = createApi({ token, apiUrl });
  const shared = { ...deps, log, api, places: createPlaces({ api, log }), attachments: createKnownAttachments() };
  const greet = createGreet(shared);
  const sending = { ...shared, threads: createThreads({ api, log }) };

  const platform: ChatPlatform = {
    id: 'discord',
    async start(core) {
      listener.start(core);
    },
    split: (message, limits) => splitMessage(deps.i18n, message, limits),
    budgets,
    send: (to, part, attempt) => noticeRemoval(api, attempt.workspace, () => sendPart(sending, to, part, attempt)),
    edit: (ref, part, attempt) => noticeRemoval(api, attempt.workspace, () => editPart(sending, ref, part, attempt)),
    async direct(_workspace, account, { greeting } = {}) {
      const found = await directOf(shared.places, account);
      if (greeting) await greet(found.channel, greeting);
      return found;
    },
    findStanding: (workspace, account) => findStanding(shared, workspace, account),
    async open(file, { signal }) {
      signal.throwIfAborted();
      const bytes = await deps.download(file.locator, { trustedOrigin: new URL(apiUrl).origin, signal });
      return new Blob([Buffer.from(bytes)]).stream().pipeThrough(new TransformStream(), { signal });
    },
    stop: () => listener.stop(),
  };
  const answering = { ...shared, platform, deferAfterMs: config.deferAfterMs ?? defaultDeferAfterMs };
  const listener = createListener(answering, publicKey ? undefined : { token, apiUrl });
  const { now = Date.now } = config;
  return {
    platform,
    part: 'bots',
    ...(publicKey ? { webhook: createWebhook({ publicKey, now, listener }) } : {}),
  };
}

/** Of the app's 50 calls a second, what is left is for threads, direct messages and what was said to the bot. */
const callsPerSecond = { key: globalBudget, limit: 42, windowMs: 1_050, progressLimit: 21 };

/** A repeat looks for an earlier try first, and an edit with pictures for what the message has. */
function budgets({ kind, images, repeat }: PlannedCall): RateBudget[] {
  const looks = kind === 'send' ? repeat : images > 0;
  return [{ ...callsPerSecond, cost: looks ? 2 : 1 }];
}
