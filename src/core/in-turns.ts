import { setImmediate as nextTurn } from 'node:timers/promises';

/** As long as nobody notices. */
const turnMs = 10;

/** Does work that is in steps, and lets whatever else waits for this thread come in between. */
export async function inTurns<R>(steps: Generator<void, R>): Promise<R> {
  let since = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - since < turnMs) continue;
    await nextTurn();
    since = performance.now();
  }
}
