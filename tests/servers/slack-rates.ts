/** How often something may be done: in windows that begin with their first request, or, with `burst`, by a bucket of that size. */
export interface Rate {
  limit: number;
  windowMs: number;
  burst?: number;
}

const minute = (limit: number): Rate => ({ limit, windowMs: 60_000 });
const [tier2, tier3, tier4] = [minute(20), minute(50), minute(100)];

/**
 * Per method, workspace and app; `channel` is per channel. docs.slack.dev/apis/web-api/rate-limits. Slack says "several
 * hundred" for the workspace's messages and names no figure for bursts in a channel nor for `auth.test`; history is what
 * distributed apps outside the Marketplace get. `limit: Infinity` switches one off.
 */
export const documentedRates = {
  channel: { limit: 1, windowMs: 1000, burst: 4 },
  'chat.postMessage': minute(300),
  'chat.postEphemeral': tier4,
  'chat.update': tier3,
  'chat.delete': tier3,
  'files.getUploadURLExternal': tier4,
  'files.completeUploadExternal': tier4,
  'files.info': tier4,
  'users.info': tier4,
  'bots.info': tier3,
  'team.info': tier3,
  'reactions.add': tier3,
  'conversations.open': tier3,
  'conversations.info': tier3,
  'conversations.replies': minute(1),
  'conversations.history': minute(1),
  'views.open': tier4,
  'views.update': tier4,
  'views.push': tier4,
  'views.publish': tier4,
  'auth.test': minute(300),
  'apps.connections.open': tier3,
  other: tier2,
} as const satisfies Record<string, Rate>;

export type RateName = keyof typeof documentedRates;
export type Rates = Record<RateName, Rate>;

/** Counts requests in the given clock; `scale` 10 makes windows, and so the waits, ten times shorter. */
export function createRateLimiter(rates: Rates, scale: number, now: () => number) {
  const windows = new Map<string, { endsAt: number; used: number }>();
  const buckets = new Map<string, { at: number; left: number }>();

  function takeOfBucket(key: string, limit: number, windowMs: number, burst: number): number {
    const bucket = buckets.get(key) ?? { at: now(), left: burst };
    const refilled = Math.min(burst, bucket.left + ((now() - bucket.at) * limit) / windowMs);
    const waits = refilled < 1;
    buckets.set(key, { at: now(), left: waits ? refilled : refilled - 1 });
    return waits ? ((1 - refilled) * windowMs) / limit : 0;
  }

  /** Takes a place; returns 0, or how long to wait in milliseconds. `of` is the workspace or channel counted for. */
  return function take(name: RateName, of: string): number {
    const { limit, windowMs: documentedMs, burst }: Rate = rates[name];
    if (limit === Number.POSITIVE_INFINITY) return 0;
    const windowMs = documentedMs / scale;
    const key = `${name}:${of}`;
    if (burst !== undefined) return takeOfBucket(key, limit, windowMs, burst);
    let window = windows.get(key);
    if (!window || window.endsAt <= now()) {
      window = { endsAt: now() + windowMs, used: 0 };
      windows.set(key, window);
    }
    if (window.used >= limit) return window.endsAt - now();
    window.used += 1;
    return 0;
  };
}
