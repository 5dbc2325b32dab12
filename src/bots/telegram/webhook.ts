import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { settledWithin } from '#bots/settled-within.ts';
import { type Api, type Update, wantedUpdates } from '#bots/telegram/api.ts';
import type { Taker } from '#bots/telegram/take-update.ts';
import type { Logger } from '#src/logger.ts';

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
export function webhookRoutes(options: {
  secret: string;
  log: Pick<Logger, 'error'>;
  answerMaxMs: number;
  /** Undefined while the platform is not started. */
  findTaker: () => Pick<Taker, 'take'> | undefined;
}) {
  const isSecret = compareTo(options.secret);
  return async (server: FastifyInstance): Promise<void> => {
    server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) options.log.error({ err: error }, 'an update from Telegram failed');
      return reply.code(status).send({ error: status >= 500 ? 'internal error' : error.message });
    });
    server.post(
      webhookPath,
      {
        bodyLimit: bodyBytesMax,
        // Before the body is read.
        onRequest: async (request, reply) => {
          if (!isSecret(request.headers['x-telegram-bot-api-secret-token'])) {
            await reply.code(401).send({ error: 'the secret token is missing or wrong' });
          }
        },
      },
      async (request, reply) => {
        const update = posted.safeParse(request.body);
        if (!update.success) return reply.code(400).send({ error: 'not an update' });
        const taker = options.findTaker();
        if (!taker) return reply.code(503).send({ error: 'not ready' });
        const received = update.data as unknown as Update;
        const { committed } = taker.take(received);
        if (received.message?.media_group_id !== undefined) return reply.send({});
        const isDone = await settledWithin(committed, options.answerMaxMs);
        return isDone ? reply.send({}) : reply.code(503).send({ error: 'still at work' });
      },
    );
  };
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
