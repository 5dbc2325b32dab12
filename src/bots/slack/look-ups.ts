import { LRUCache } from 'lru-cache';
import type { SlackClient } from '#bots/slack/client.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { Logger } from '#src/logger.ts';

/** A question that failed is not put before every command. */
export const askAgainMsDefault = 30_000;
const keptMax = 5000;

/** For who has to know: a cache throws what its question threw, and keeps what was known for everybody else. */
export const strictly = { allowStaleOnFetchRejection: false, noDeleteOnFetchRejection: true };

/** Asks Slack about somebody or something. A failure stands for a while, and each kind of it is logged once meanwhile. */
export function createLookUps(client: SlackClient, log: Logger, { askAgainMs = askAgainMsDefault } = {}) {
  const kept = new LRUCache<string, Error>({ max: keptMax, ttl: askAgainMs, ttlResolution: 0 });
  const told = new LRUCache<string, true>({ max: keptMax, ttl: askAgainMs, ttlResolution: 0 });

  function keep(question: string, error: Error): void {
    // Slack may name a shorter wait itself.
    const waitMs = error instanceof DeliveryError ? (error.retryAfterMs ?? askAgainMs) : askAgainMs;
    kept.set(question, error, { ttl: Math.max(1, Math.min(waitMs, askAgainMs)) });
  }

  function tell(method: string, args: Record<string, unknown>, error: Error): void {
    const kind = `${method} ${kindOf(error)}`;
    if (told.has(kind)) return;
    told.set(kind, true);
    log.warn({ err: error, ...args }, 'a look-up failed; it is not asked for a while');
  }

  return {
    /**
     * `isAnswer`: a failure that says how things are, and is asked for anew each time.
     *
     * @throws {DeliveryError} Slack's, and what `read` throws.
     */
    async call<T>(
      method: string,
      args: Record<string, unknown>,
      { read, isAnswer = () => false }: { read: (answer: unknown) => T; isAnswer?: (error: unknown) => boolean },
    ): Promise<T> {
      const question = `${method} ${JSON.stringify(args)}`;
      const failed = kept.get(question);
      if (failed) throw failed;
      try {
        return read(await client.call(method, args));
      } catch (error) {
        if (!(error instanceof Error) || isAnswer(error)) throw error;
        keep(question, error);
        tell(method, args, error);
        throw error;
      }
    },
  };
}

function kindOf(error: Error): string {
  return codeOf(error) ?? (error instanceof DeliveryError ? error.reason : error.name);
}
