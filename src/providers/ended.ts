import { ProviderError } from '#core/ports/images.ts';

/** True for the reason of `AbortSignal.timeout`, which is how a deadline ends a call. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

/**
 * The error for a call whose signal has fired: `timeout` after a deadline, else `aborted`.
 * Both are retryable, since the provider did not fail: whoever aborted knows whether the picture is still wanted.
 */
export function endedError(signal: AbortSignal, cause?: unknown): ProviderError {
  const reason = isTimeout(signal.reason) ? 'timeout' : 'aborted';
  return new ProviderError(reason, `the call was ended: ${reason}`, { retryable: true, cause });
}

/** @throws {ProviderError} when the signal has fired. */
export function throwIfEnded(signal: AbortSignal): void {
  if (signal.aborted) throw endedError(signal);
}
