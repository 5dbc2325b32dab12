/** How often something may be done; windows are fixed and begin with the first request in them. */
export interface Rate {
  limit: number;
  windowMs: number;
}

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
  const windows = new Map<string, { endsAt: number; used: number }>();

  /** Takes one place in a window, if there is one. `of` is the channel, guild or token it is counted for. */
  return function take(name: RateName, of: string, bucket: string = name): RateState {
    const { limit, windowMs } = rates[name];
    if (limit === Number.POSITIVE_INFINITY) return { ok: true, headers: {}, retryAfter: 0 };
    const key = `${name}:${of}`;
    const at = now();
    let window = windows.get(key);
    if (!window || window.endsAt <= at) {
      window = { endsAt: at + windowMs, used: 0 };
      windows.set(key, window);
    }
    const ok = window.used < limit;
    if (ok) window.used += 1;
    const retryAfter = (window.endsAt - at) / 1000;
    const headers: Record<string, string> = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(limit - window.used),
      'x-ratelimit-reset': String(window.endsAt / 1000),
      'x-ratelimit-reset-after': String(retryAfter),
      'x-ratelimit-bucket': bucket,
    };
    return { ok, headers, retryAfter };
  };
}
