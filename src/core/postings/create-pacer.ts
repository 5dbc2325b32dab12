import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '#core/deps.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { DeliveryError, type RateBudget } from '#core/ports/delivery.ts';
import { settleBudgets, takeBudgets } from '#core/postings/take-budgets.ts';

/** Longest that an answer is held back. */
const waitMaxMs = 30_000;

/**
 * Makes calls that people wait for once their budgets allow them, in the order they came where they wait. Each asks again
 * when its turn should have come, so that a crowd of them costs the database no more than what gets through.
 * @throws {DeliveryError} `rate_limited` where that would take too long; nothing was called then.
 */
export function createPacer(deps: Pick<Deps, 'db' | 'log'>): ChatCore['paced'] {
  const lines = new Map<string, object[]>();

  return async (platform, budgets, call) => {
    const line = lines.get(platform) ?? [];
    lines.set(platform, line);
    const place = {};
    line.push(place);
    const deadline = performance.now() + waitMaxMs;
    try {
      for (;;) {
        const turnMs = untilTurn(budgets, line.indexOf(place));
        const take = turnMs > 0 ? { waitMs: turnMs } : await takeBudgets(deps, platform, budgets, { urgency: 'final' });
        if ('taken' in take) {
          leave(line, place);
          return await call().finally(() => settleBudgets(deps, take.taken));
        }
        if (performance.now() + take.waitMs > deadline) throw tooLate(take.waitMs);
        await sleep(take.waitMs);
      }
    } finally {
      leave(line, place);
    }
  };
}

/** Those who are ahead fill the windows before ours; of a budget that is not shared with them, none. */
function untilTurn(budgets: readonly RateBudget[], ahead: number): number {
  const turns = budgets.map(({ limit, windowMs }) => Math.floor(ahead / limit) * windowMs);
  return turns.length === 0 ? 0 : Math.min(...turns);
}

function leave(line: object[], place: object): void {
  const index = line.indexOf(place);
  if (index >= 0) line.splice(index, 1);
}

function tooLate(retryAfterMs: number): DeliveryError {
  const message = 'an answer would have to wait for too long';
  return new DeliveryError('rate_limited', message, { retryable: true, retryAfterMs });
}
