import type { Breakers } from '#core/batches/breakers.ts';
import { ProviderError } from '#core/ports/images.ts';

/**
 * Asks a service that tells whether something may be made or shown, for `deadlineMs` at most; `what` names it, its breaker too.
 * @throws {ProviderError} `server`, worth another try, where it does not answer: its other reasons would have the image's own
 * provider left alone. Anything else is a bug, or the end of `signal`.
 */
export async function askCheck<T>(
  breakers: Breakers,
  what: string,
  { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  try {
    return await breakers.call(what, () => ask(bounded));
  } catch (error) {
    if (signal.aborted || !(error instanceof ProviderError)) throw error;
    throw new ProviderError('server', `no answer from the ${what}: ${error.message}`, {
      retryable: true,
      cause: error,
    });
  }
}
