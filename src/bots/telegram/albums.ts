import { LRUCache } from 'lru-cache';
import type { Message } from '#bots/telegram/api.ts';

/** Gathers the messages that an album is delivered as, one update each. */
export interface Albums<T> {
  /** Settles as the run of the whole album does. */
  add(message: Message): Promise<T>;
}

/** So long a part that comes too late is known as one. */
const rememberedMs = 60_000;
const rememberedMax = 10_000;

/**
 * `run` is called with the message of an album that came first, and gets all of them, in their order, once nothing more
 * of the album has come for `quietMs`.
 */
export function createAlbums<T>(
  quietMs: number,
  run: (first: Message, messages: Promise<Message[]>) => Promise<T>,
): Albums<T> {
  const gathering = new Map<string, { messages: Message[]; wait(): void }>();
  const runs = new LRUCache<string, Promise<T>>({ max: rememberedMax, ttl: rememberedMs });

  function gather(key: string, message: Message): Promise<Message[]> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const messages = [message];
      const close = () => {
        gathering.delete(key);
        resolve(messages.toSorted((a, b) => a.message_id - b.message_id));
      };
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(close, quietMs);
      };
      gathering.set(key, { messages, wait });
      wait();
    });
  }

  return {
    add(message) {
      const key = `${message.chat.id}:${message.media_group_id}`;
      const open = gathering.get(key);
      if (open && !open.messages.some(({ message_id }) => message_id === message.message_id)) {
        open.messages.push(message);
        open.wait();
      }
      const known = runs.get(key);
      if (known) return known;
      const running = run(message, gather(key, message));
      runs.set(key, running);
      return running;
    },
  };
}
