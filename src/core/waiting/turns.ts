import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';

export interface TurnLimits {
  /** Works at once while nobody waits. */
  atOnce: number;
  /** Works at once where they wait for something else than this process. */
  atOnceMax: number;
}

export const turnLimits: TurnLimits = { atOnce: 2 * availableParallelism(), atOnceMax: 200 };

/** How often it is looked how busy this process was, in milliseconds. */
const lookEveryMs = 100;
/**
 * Shares of the time in which its event loop was busy: above the one fewer works are begun, below the other more. With 0.92
 * and 0.82 what waits is done a tenth faster, and the slowest of a hundred is acknowledged a fifth later (measured).
 */
const busyMax = 0.85;
const idleMin = 0.75;

/** Calls works in the order in which they came, as many at once as leave this process free to answer what comes next. */
export interface Turns {
  /** Settles as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** How many have not begun. */
  waiting(): number;
  /** How many may be under way just now. */
  atOnce(): number;
}

export function createTurns(limits: TurnLimits = turnLimits): Turns {
  const inTurn = pLimit(limits.atOnce);
  let looking: NodeJS.Timeout | undefined;
  let last = performance.eventLoopUtilization();

  function look(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    inTurn.concurrency = nextAtOnce(utilization);
    if (inTurn.pendingCount > 0 || inTurn.concurrency !== limits.atOnce) return;
    clearInterval(looking);
    looking = undefined;
  }

  function nextAtOnce(utilization: number): number {
    const { concurrency, pendingCount } = inTurn;
    if (utilization > busyMax) return Math.max(1, Math.floor(concurrency * 0.7));
    if (pendingCount === 0) return limits.atOnce;
    return utilization < idleMin ? Math.min(limits.atOnceMax, Math.ceil(concurrency * 1.5)) : concurrency;
  }

  return {
    run(work) {
      const result = inTurn(work);
      if (looking === undefined && inTurn.pendingCount > 0) {
        last = performance.eventLoopUtilization();
        looking = setInterval(look, lookEveryMs).unref();
      }
      return result;
    },
    waiting: () => inTurn.pendingCount,
    atOnce: () => inTurn.concurrency,
  };
}
