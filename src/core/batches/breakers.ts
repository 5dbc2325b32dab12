import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { ProviderError, type ProviderErrorReason } from '#core/ports/images.ts';

/** Failures in a row, of any images, after which a provider counts as down. */
const failuresMax = 5;
/** How long a provider that is down is left alone before one call is let through to see. */
const probeAfterMsDefault = 10_000;
/** What says that the provider is down, rather than that it refuses something. */
const downReasons: readonly ProviderErrorReason[] = ['server', 'network', 'timeout'];

/** Whether providers are worth asking, as far as this process has seen. */
export interface Breakers {
  /**
   * Makes a call to a provider, unless it counts as down.
   * @throws {ProviderError} `unavailable`, to be tried again after `retryAfterMs`, when it is down or has just shown it.
   */
  call<T>(providerId: string, work: () => Promise<T>): Promise<T>;
  isOpen(providerId: string): boolean;
}

export function createBreakers({ probeAfterMs = probeAfterMsDefault } = {}): Breakers {
  const breakers = new Map<string, CircuitBreakerPolicy>();

  function breakerOf(providerId: string): CircuitBreakerPolicy {
    const known = breakers.get(providerId);
    if (known) return known;
    const breaker = circuitBreaker(
      handleWhen((error) => error instanceof ProviderError && downReasons.includes(error.reason)),
      { halfOpenAfter: probeAfterMs, breaker: new ConsecutiveBreaker(failuresMax) },
    );
    breakers.set(providerId, breaker);
    return breaker;
  }

  return {
    async call(providerId, work) {
      const breaker = breakerOf(providerId);
      try {
        return await breaker.execute(work);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError) && breaker.state !== CircuitState.Open) throw error;
        if (error instanceof ProviderError && !downReasons.includes(error.reason)) throw error;
        throw new ProviderError('unavailable', `${providerId} is down`, {
          retryable: true,
          retryAfterMs: probeAfterMs,
          cause: error,
        });
      }
    },
    isOpen: (providerId) => breakers.get(providerId)?.state === CircuitState.Open,
  };
}
