import { type BurstRate, createBuckets } from '#tests/servers/rates.ts';

/**
 * core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: "avoid sending more than one message per
 * second" in a chat ("short bursts" pass, without a figure), 20 a minute in a group, about 30 a second in all.
 */
export const documentedRates = {
  chat: { limit: 1, windowMs: 1000, burst: 3 },
  group: { limit: 20, windowMs: 60_000 },
  all: { limit: 30, windowMs: 1000 },
} as const satisfies Record<string, BurstRate>;

export type RateName = keyof typeof documentedRates;
export type Rates = Record<RateName, BurstRate>;

interface Use {
  at: number;
  count: number;
}

/** Longest that asking again too early makes the wait; seen in the wild are minutes to hours. */
const penaltyMaxMs = 300_000;

/** Counts messages and edits in the given clock; `scale` 10 makes windows, and so the waits, ten times shorter. */
export function createRateLimiter(rates: Rates, scale: number, now: () => number) {
  const uses = new Map<string, Use[]>();
  const buckets = createBuckets(now);
  const blocked = new Map<string, { until: number; waitMs: number }>();

  /** How long until `count` more fit; nothing is taken yet. */
  function waitFor(name: RateName, key: string, count: number): number {
    const { limit, windowMs: documentedMs, burst }: BurstRate = rates[name];
    if (limit === Number.POSITIVE_INFINITY) return 0;
    const windowMs = documentedMs / scale;
    if (burst !== undefined) return buckets.waitFor(key, { limit, windowMs, burst });
    const recent = (uses.get(key) ?? []).filter(({ at }) => at > now() - windowMs);
    uses.set(key, recent);
    let left = limit - recent.reduce((sum, use) => sum + use.count, 0);
    if (left >= Math.min(count, limit)) return 0;
    for (const { at, count: used } of recent) {
      left += used;
      if (left >= Math.min(count, limit)) return at + windowMs - now();
    }
    return windowMs;
  }

  function use(name: RateName, key: string, count: number): void {
    const { limit, burst }: BurstRate = rates[name];
    if (limit === Number.POSITIVE_INFINITY) return;
    if (burst !== undefined) buckets.take(key);
    else uses.get(key)?.push({ at: now(), count });
  }

  /**
   * Takes places in a chat for `count` messages; returns 0, or how long to wait in milliseconds. An album is one message
   * for `chat`, and as many as it shows for `group` and `all`. Asking again too early doubles the wait.
   */
  return function take(chatId: number, isGroup: boolean, count: number): number {
    const names: RateName[] = isGroup ? ['all', 'chat', 'group'] : ['all', 'chat'];
    const keyOf = (name: RateName) => (name === 'all' ? 'all' : `${name}:${chatId}`);
    const block = blocked.get(keyOf('chat'));
    if (block && block.until > now()) {
      block.waitMs = Math.min(block.waitMs * 2, penaltyMaxMs / scale);
      block.until = now() + block.waitMs;
      return block.waitMs;
    }
    const waitMs = Math.max(...names.map((name) => waitFor(name, keyOf(name), count)));
    if (waitMs > 0) {
      blocked.set(keyOf('chat'), { until: now() + waitMs, waitMs });
      return waitMs;
    }
    for (const name of names) use(name, keyOf(name), count);
    blocked.delete(keyOf('chat'));
    return 0;
  };
}
