import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '#core/deps.ts';
import { DeliveryError, type RateBudget } from '#core/ports/chat.ts';
import { settleBudgets, takeBudgets } from '#core/postings/take-budgets.ts';

/** Longest that an answer is held back. */
const waitMaxMs = 30_000;

/**
 * Makes a call that a person waits for once its budgets allow it.
 * @throws {DeliveryError} `rate_limited` where that would take too long; nothing was called then.
 */
export async function paceCall<T>(
  deps: Pick<Deps, 'db' | 'log'>,
  platform: string,
  budgets: readonly RateBudget[],
  call: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + waitMaxMs;
  for (;;) {
    // Small and awaited now: it need not stand behind the galleries of others.
    const take = await takeBudgets(deps, platform, budgets, { urgency: 'final' });
    if ('taken' in take) return await call().finally(() => settleBudgets(deps, take.taken));
    if (performance.now() + take.waitMs > deadline) {
      const options = { retryable: true, retryAfterMs: take.waitMs };
      throw new DeliveryError('rate_limited', 'an answer would have to wait for too long', options);
    }
    await sleep(take.waitMs);
  }
}
