import { type BurstRate, createBuckets, createWindows, type Rate } from '#tests/servers/rates.ts';

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
  'files.delete': tier3,
  'files.info': tier4,
  'usergroups.list': tier2,
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
} as const satisfies Record<string, BurstRate>;

export type RateName = keyof typeof documentedRates;
export type Rates = Record<RateName, BurstRate>;

/** Counts requests in the given clock; `scale` 10 makes windows, and so the waits, ten times shorter. */
export function createRateLimiter(rates: Rates, scale: number, now: () => number) {
  const takeOfWindow = createWindows(now);
  const buckets = createBuckets(now);

  /** Takes a place; returns 0, or how long to wait in milliseconds. `of` is the workspace or channel counted for. */
  return function take(name: RateName, of: string): number {
    const { limit, windowMs: documentedMs, burst }: BurstRate = rates[name];
    if (limit === Number.POSITIVE_INFINITY) return 0;
    const windowMs = documentedMs / scale;
    const key = `${name}:${of}`;
    if (burst === undefined) {
      const { ok, endsInMs } = takeOfWindow(key, { limit, windowMs });
      return ok ? 0 : endsInMs;
    }
    const waitMs = buckets.waitFor(key, { limit, windowMs, burst });
    if (waitMs === 0) buckets.take(key);
    return waitMs;
  };
}
