import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 60_000;
const waitFirstMs = 100;
const waitMaxMs = 2_000;

/** Node's and postgres.js's own codes, and SQLSTATEs: classes 08 and 57P, too many connections, and lost to another transaction. */
const awayCode =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|CONNECTION_(CLOSED|DESTROYED)|08|57P0[1-3]|53300|40001|40P01)/;

/**
 * Writes down what cannot be had again: what was paid for, or what people have seen. Repeats it for as long as the
 * database is away, a minute at most. `write` may run again though it was committed, when only the answer was lost.
 */
export async function persist<T>(write: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (let waitMs = waitFirstMs; ; waitMs = Math.min(waitMaxMs, waitMs * 2)) {
    try {
      return await write();
    } catch (error) {
      if (!isAway(error) || performance.now() + waitMs > deadline) throw error;
      await sleep(waitMs);
    }
  }
}

/** Whether the database cannot be reached, or has ended the session, rather than refused something. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && awayCode.test(String(error.code))) || isAway(error.cause);
}
