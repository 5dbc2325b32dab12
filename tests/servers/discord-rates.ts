import { createWindows, type Rate } from '#tests/servers/rates.ts';

/**
 * Discord publishes no figures but the global one; these are what bots commonly see in the headers. A limit of
 * `Infinity` switches one off, its headers too.
 */
export const documentedRates = {
  /** All requests of the app together, answers to interactions aside. */
  global: { limit: 50, windowMs: 1000 },
  createMessage: { limit: 5, windowMs: 5000 },
  editMessage: { limit: 5, windowMs: 5000 },
  deleteMessage: { limit: 5, windowMs: 1000 },
  readMessages: { limit: 10, windowMs: 5000 },
  typing: { limit: 5, windowMs: 5000 },
  createThread: { limit: 50, windowMs: 300_000 },
  openDm: { limit: 10, windowMs: 10_000 },
  /** Follow-ups and edits by one interaction's token. */
  webhook: { limit: 5, windowMs: 2000 },
  putCommands: { limit: 20, windowMs: 60_000 },
  /** Everything else, each path for itself. */
  other: { limit: 50, windowMs: 1000 },
} as const satisfies Record<string, Rate>;

export type RateName = keyof typeof documentedRates;
export type Rates = Record<RateName, Rate>;

export interface RateState {
  ok: boolean;
  headers: Record<string, string>;
  /** Seconds until the window ends. */
  retryAfter: number;
}

/** Counts requests in windows of the given clock. */
export function createRateWindows(rates: Rates, now: () => number) {
  const takeOf = createWindows(now);

  /** Takes one place in a window, if there is one. `of` is the channel, guild or token it is counted for. */
  return function take(name: RateName, of: string, bucket: string = name): RateState {
    const { limit } = rates[name];
    if (limit === Number.POSITIVE_INFINITY) return { ok: true, headers: {}, retryAfter: 0 };
    const { ok, left, endsAt, endsInMs } = takeOf(`${name}:${of}`, rates[name]);
    const retryAfter = endsInMs / 1000;
    const headers: Record<string, string> = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(left),
      'x-ratelimit-reset': String(endsAt / 1000),
      'x-ratelimit-reset-after': String(retryAfter),
      'x-ratelimit-bucket': bucket,
    };
    return { ok, headers, retryAfter };
  };
}
