import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves after the time, or at once when the signal fires: whoever waits looks at the signal next. With `ref: false`
 * it does not keep the process alive.
 */
export async function pause(waitMs: number, signal: AbortSignal, { ref = true } = {}): Promise<void> {
  try {
    await sleep(waitMs, undefined, { signal, ref });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
