import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { settledWithin } from '#bots/settled-within.ts';
import { type Api, type Update, wantedUpdates } from '#bots/telegram/api.ts';
import type { Taker } from '#bots/telegram/take-update.ts';
import { isAnsweredAtOnce } from '#core/commands/index.ts';
import { answeredWith, answerJson, type Webhook, type WebhookAnswer } from '#core/ports/webhook.ts';

export const webhookPath = '/telegram/webhook';
/** An update is a few kilobytes; nothing in it is a file. */
const bodyBytesMax = 1024 * 1024;
/** Telegram's most; https://core.telegram.org/bots/api#setwebhook */
const connectionsMax = 100;

const chat = z.looseObject({ id: z.int(), type: z.string() });
const message = z.looseObject({ message_id: z.int(), chat });
const person = z.looseObject({ id: z.int(), first_name: z.string() });
/** What everything else is found by; the rest of it means nothing to us where it is malformed. */
const posted = z.looseObject({
  update_id: z.int(),
  message: message.optional(),
  callback_query: z.looseObject({ id: z.string(), from: person, message: message.optional() }).optional(),
});

/**
 * Takes updates that Telegram posts, and answers once they are committed. What takes longer than `answerMaxMs` is
 * refused and so delivered again; it goes on all the same, and the same delivery joins it. A part of an album is
 * answered at once, as Telegram holds the next one of the chat back until then.
 */
export function createWebhook(options: {
  secret: string;
  answerMaxMs: number;
  /** Undefined while the platform is not started. */
  findTaker: () => Pick<Taker, 'take'> | undefined;
}): Webhook {
  const isSecret = compareTo(options.secret);
  return {
    path: webhookPath,
    bodyBytesMax,
    admits: (headers) => isSecret(headers['x-telegram-bot-api-secret-token']),
    read(body) {
      const delivery = body.toString();
      const update = readUpdate(delivery);
      if (!update) return answeredWith(answerJson(400, { error: 'not an update' }));
      const answer = () => answerNow(update);
      return canWait(update) ? { answer, postpone: () => ({ answer: answerJson(200, {}), delivery }) } : { answer };
    },
    async resume(delivery) {
      const taker = options.findTaker();
      if (!taker) throw new Error('Telegram is not ready');
      const update = readUpdate(delivery);
      if (update) await taker.take(update).answered;
    },
  };

  async function answerNow(update: Update): Promise<WebhookAnswer> {
    const taker = options.findTaker();
    if (!taker) return answerJson(503, { error: 'not ready' });
    const { committed } = taker.take(update);
    if (isPartOfAlbum(update)) return answerJson(200, {});
    const isDone = await settledWithin(committed, options.answerMaxMs);
    return isDone ? answerJson(200, {}) : answerJson(503, { error: 'still at work' });
  }
}

function readUpdate(body: string): Update | undefined {
  const update = posted.safeParse(parse(body));
  return update.success ? (update.data as unknown as Update) : undefined;
}

/** Something is said that costs more than to have it wait. */
function canWait(update: Update): boolean {
  if (update.callback_query) return true;
  return update.message !== undefined && !isPartOfAlbum(update) && !isAnsweredAtOnce(update.message.text ?? '');
}

/** Its parts are waited for together. */
function isPartOfAlbum({ message }: Update): boolean {
  return message?.media_group_id !== undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function compareTo(secret: string): (given: unknown) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(secret);
  return (given) => typeof given === 'string' && timingSafeEqual(digest(given), wanted);
}

/**
 * Tells Telegram where to post, when that is not what it knows already. It never tells the secret back, so the address
 * carries a mark of it: a new secret is a new address.
 */
export async function setWebhook(
  api: Api,
  { publicUrl, secret }: { publicUrl: string; secret: string },
): Promise<void> {
  const mark = createHash('sha256').update(`webhook ${secret}`).digest('hex').slice(0, 8);
  const url = `${publicUrl.replace(/\/+$/, '')}${webhookPath}?secret=${mark}`;
  const known = await api.getWebhookInfo();
  const isKnown =
    known.url === url &&
    known.max_connections === connectionsMax &&
    [...wantedUpdates].sort().join() === [...(known.allowed_updates ?? [])].sort().join();
  if (isKnown) return;
  await api.setWebhook(url, {
    secret_token: secret,
    allowed_updates: wantedUpdates,
    max_connections: connectionsMax,
  });
}
