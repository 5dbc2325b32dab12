/** How often something may be done. */
export interface Rate {
  limit: number;
  windowMs: number;
}

/** With `burst`, counted by a bucket of that size that refills evenly, instead of in windows. */
export interface BurstRate extends Rate {
  burst?: number;
}

/** Never limits. */
export const noRate: Rate = { limit: Number.POSITIVE_INFINITY, windowMs: 1000 };

/** Windows of a fixed length, in the given clock, that begin with the first request in them. */
export function createWindows(now: () => number) {
  const windows = new Map<string, { endsAt: number; used: number }>();

  /** Takes one place in the window of a key, if there is one; `left` is how many there are after that. */
  return function take(
    key: string,
    { limit, windowMs }: Rate,
  ): { ok: boolean; left: number; endsAt: number; endsInMs: number } {
    const at = now();
    let window = windows.get(key);
    if (!window || window.endsAt <= at) {
      window = { endsAt: at + windowMs, used: 0 };
      windows.set(key, window);
    }
    const ok = window.used < limit;
    if (ok) window.used += 1;
    return { ok, left: limit - window.used, endsAt: window.endsAt, endsInMs: window.endsAt - at };
  };
}

/** Buckets that hold `burst` places at first, and get `limit` of them back in each `windowMs` of the given clock. */
export function createBuckets(now: () => number) {
  const buckets = new Map<string, { at: number; left: number }>();
  return {
    /** How long until there is a place, in milliseconds; nothing is taken yet. */
    waitFor(key: string, { limit, windowMs, burst }: Required<BurstRate>): number {
      const at = now();
      const bucket = buckets.get(key) ?? { at, left: burst };
      bucket.left = Math.min(burst, bucket.left + ((at - bucket.at) * limit) / windowMs);
      bucket.at = at;
      buckets.set(key, bucket);
      return bucket.left >= 1 ? 0 : ((1 - bucket.left) * windowMs) / limit;
    },
    /** Takes a place of a bucket that was asked about. */
    take(key: string): void {
      const bucket = buckets.get(key);
      if (bucket) bucket.left -= 1;
    },
  };
}
