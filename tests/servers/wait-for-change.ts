import { type EventEmitter, once } from 'node:events';
import { inspect } from 'node:util';

/**
 * Resolves to what `read` gives, as soon as it gives something; it looks again after each `change`.
 * @throws with what `describe` says then, once the time is over.
 */
export async function waitForChange<T>(
  changes: EventEmitter,
  read: () => T | undefined,
  describe: () => unknown,
  withinMs = 50_000,
): Promise<T> {
  const signal = AbortSignal.timeout(withinMs);
  for (;;) {
    const found = read();
    if (found !== undefined) return found;
    try {
      await once(changes, 'change', { signal });
    } catch {
      throw new Error(`not within ${withinMs} ms; it is ${inspect(describe(), { depth: 4, maxStringLength: 500 })}`);
    }
  }
}
