import { LRUCache } from 'lru-cache';
import { shorten } from '#bots/cut-text.ts';
import type { Api } from '#bots/discord/api.ts';
import { messagePath } from '#bots/discord/conversation.ts';
import { codeOf, errorCode } from '#bots/discord/delivery-error.ts';
import { DeliveryError, type MessageRef } from '#core/ports/delivery.ts';
import type { Logger } from '#src/logger.ts';

/** Threads started from messages; a thread has the id of its message. */
export interface Threads {
  /**
   * The thread below a message, started when it is not there yet; undefined where there can be none.
   * @throws {DeliveryError} when it may work later.
   */
  below(card: MessageRef, name: string): Promise<string | undefined>;
  /** From now on the channel's messages have no threads, as far as this process knows. */
  giveUp(card: MessageRef): void;
}

/** https://docs.discord.com/developers/resources/channel#start-thread-from-message */
const nameCharsMax = 100;
const keptMax = 2_000;
/** Permissions may be given meanwhile. */
const giveUpMs = 600_000;

export function createThreads({ api, log }: { api: Api; log: Logger }): Threads {
  const started = new LRUCache<string, true>({ max: keptMax });
  const without = new LRUCache<string, true>({ max: keptMax, ttl: giveUpMs });
  const giveUp = (card: MessageRef) => {
    without.set(card.channel, true);
  };
  return {
    giveUp,
    async below(card, name) {
      if (without.has(card.channel)) return undefined;
      if (started.has(card.message)) return card.message;
      try {
        const path = `${messagePath(card)}/threads` as const;
        await api.call({ method: 'POST', path, body: { name: shorten(name, nameCharsMax) } });
      } catch (error) {
        if (codeOf(error) !== errorCode.threadExists) {
          if (!(error instanceof DeliveryError) || error.retryable) throw error;
          log.info({ err: error, discordChannel: card.channel }, 'no thread can be started there');
          // A card that was deleted says nothing about its channel.
          if (codeOf(error) !== errorCode.unknownMessage) giveUp(card);
          return undefined;
        }
      }
      started.set(card.message, true);
      return card.message;
    },
  };
}
