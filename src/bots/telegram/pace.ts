import { LRUCache } from 'lru-cache';

/** Short bursts pass, Telegram says without a figure: https://core.telegram.org/bots/faq */
const burst = 3;
const rememberedMax = 10_000;

/** Spaces what this process posts into a chat by itself, outside of what the core spaces. */
export interface Pace {
  /** Takes the next place and returns how long to wait for it, in milliseconds. */
  take(chat: string, everyMs: number): number;
}

export function createPace(now: () => number = Date.now): Pace {
  /** When a chat that got nothing more would be as if it never got anything. */
  const calmAt = new LRUCache<string, number>({ max: rememberedMax });
  return {
    take(chat, everyMs) {
      const start = Math.max(calmAt.get(chat) ?? 0, now());
      calmAt.set(chat, start + everyMs);
      return Math.max(0, start - (burst - 1) * everyMs - now());
    },
  };
}
