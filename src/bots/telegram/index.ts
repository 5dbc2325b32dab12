import { z } from 'zod';
import type { Bot, BotDefinition, BotDeps } from '#bots/define.ts';
import { createApi, defaultApiUrl } from '#bots/telegram/api.ts';
import { connect } from '#bots/telegram/connect.ts';
import { toSentMessage } from '#bots/telegram/conversation.ts';
import { findPrivateChat } from '#bots/telegram/direct.ts';
import { editPart } from '#bots/telegram/edit-part.ts';
import { budgetsOf } from '#bots/telegram/limits.ts';
import { openFile } from '#bots/telegram/open-file.ts';
import { sendPart } from '#bots/telegram/send-part.ts';
import { splitMessage } from '#bots/telegram/split.ts';
import { findStanding } from '#bots/telegram/standing.ts';
import { defaultTiming, type Timing } from '#bots/telegram/timing.ts';
import { createWebhook } from '#bots/telegram/webhook.ts';

const environment = z.object({
  TELEGRAM_BOT_TOKEN: z.string().regex(/^\d+:[\w-]+$/, 'TELEGRAM_BOT_TOKEN must be a token as @BotFather gives it'),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .regex(/^[\w-]{1,256}$/, 'TELEGRAM_WEBHOOK_SECRET must be 1 to 256 letters, digits, _ and -')
    .optional(),
  TELEGRAM_API_URL: z
    .url({ protocol: /^https?$/, error: 'TELEGRAM_API_URL must be an address' })
    .default(defaultApiUrl),
  PUBLIC_URL: z.string().optional(),
  EASEL_RUN: z.string().default('bots'),
});

/** On when TELEGRAM_BOT_TOKEN is set: by webhook when TELEGRAM_WEBHOOK_SECRET is set too, else by long polling. */
export const telegram: BotDefinition = {
  id: 'telegram',
  configure(env) {
    if (!env.TELEGRAM_BOT_TOKEN) {
      const half = ['TELEGRAM_WEBHOOK_SECRET', 'TELEGRAM_API_URL'].filter((name) => env[name]);
      return half.length === 0 ? null : { problems: [`${half.join(' and ')} needs TELEGRAM_BOT_TOKEN`] };
    }
    const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
    const parsed = environment.safeParse(set);
    if (!parsed.success) return { problems: parsed.error.issues.map(({ message }) => message) };
    const {
      TELEGRAM_BOT_TOKEN: token,
      TELEGRAM_WEBHOOK_SECRET: secret,
      TELEGRAM_API_URL,
      PUBLIC_URL,
      EASEL_RUN,
    } = parsed.data;
    const takesIn = EASEL_RUN.split(',').some((part) => part.trim() === 'bots');
    if (secret && !PUBLIC_URL && takesIn) {
      return { problems: ['TELEGRAM_WEBHOOK_SECRET needs PUBLIC_URL, where Telegram posts to'] };
    }
    const config: TelegramConfig = {
      token,
      apiUrl: TELEGRAM_API_URL.replace(/\/+$/, ''),
      ...(secret && PUBLIC_URL ? { webhook: { secret, publicUrl: PUBLIC_URL } } : {}),
    };
    return { id: 'telegram', create: (deps) => createTelegram(config, deps) };
  },
};

export interface TelegramConfig {
  token: string;
  apiUrl: string;
  webhook?: { secret: string; publicUrl: string };
}

export function createTelegram(
  config: TelegramConfig,
  shared: Pick<BotDeps, 'blobs' | 'download' | 'i18n' | 'lease' | 'log'>,
  timing: Timing = defaultTiming,
): Bot {
  const deps = { ...shared, ...config, timing, api: createApi(config.token, config.apiUrl) };
  const connection = connect(deps);
  return {
    platform: {
      id: 'telegram',
      start: async (core) => connection.start(core),
      split: (message, limits) => splitMessage(deps.i18n, message, limits),
      budgets: ({ channel, images, removed = 0, urgency }) =>
        budgetsOf(channel, Math.max(1, images + removed), urgency),
      send: (to, part, { limits, under }) => {
        const isHere = under !== undefined && under.card.channel === to.channel;
        const replyTo = isHere ? toSentMessage(under.card).messageIds[0] : undefined;
        return sendPart(deps, to, part, { limits, ...(replyTo === undefined ? {} : { replyTo }) });
      },
      edit: (ref, part, attempt) => editPart(deps, ref, part, attempt),
      direct: (_workspace, account) => findPrivateChat(deps, account),
      findStanding: (workspace, account) => findStanding(deps, workspace, account),
      open: (file, options) => openFile(deps, file, options),
      stop: () => connection.stop(),
    },
    part: 'bots',
    ...(config.webhook
      ? {
          webhook: createWebhook({
            secret: config.webhook.secret,
            answerMaxMs: timing.answerMaxMs,
            findTaker: connection.findTaker,
          }),
        }
      : {}),
  };
}
