import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '#core/deps.ts';
import { DeliveryError, type RateBudget } from '#core/ports/chat.ts';
import { settleBudgets, takeBudgets } from '#core/postings/take-budgets.ts';

/** Longest that an answer is held back. */
const waitMaxMs = 30_000;
/** Answers of a process that are held back at once: each asks again and again, and more would not get their turn in time. */
const waitingMax = 100;

export type PaceCall = <T>(platform: string, budgets: readonly RateBudget[], call: () => Promise<T>) => Promise<T>;

/**
 * Makes calls that a person waits for, each once its budgets allow it.
 * @throws {DeliveryError} `rate_limited` where that would take too long; nothing was called then.
 */
export function createPaceCall(deps: Pick<Deps, 'db' | 'log'>): PaceCall {
  let waiting = 0;

  async function wait(waitMs: number, deadline: number): Promise<void> {
    if (waiting >= waitingMax || performance.now() + waitMs > deadline) {
      const options = { retryable: true, retryAfterMs: waitMs };
      throw new DeliveryError('rate_limited', 'an answer would have to wait for too long', options);
    }
    waiting += 1;
    await sleep(waitMs);
    waiting -= 1;
  }

  return async (platform, budgets, call) => {
    const deadline = performance.now() + waitMaxMs;
    for (;;) {
      // Small and awaited now: it need not stand behind the galleries of others.
      const take = await takeBudgets(deps, platform, budgets, { urgency: 'final' });
      if ('taken' in take) return await call().finally(() => settleBudgets(deps, take.taken));
      await wait(take.waitMs, deadline);
    }
  };
}
