import { setTimeout as sleep } from 'node:timers/promises';
import { DeliveryError } from '#core/ports/delivery.ts';

const otherwiseMs = 100;

/**
 * Makes a call that a person waits for, and makes it once more when it could work within `waitMaxMs`: nobody else
 * repeats an immediate reply.
 */
export async function repeatOnce<T>(waitMaxMs: number, call: (isRepeat: boolean) => Promise<T>): Promise<T> {
  try {
    return await call(false);
  } catch (error) {
    const waitMs = error instanceof DeliveryError && error.retryable ? (error.retryAfterMs ?? otherwiseMs) : undefined;
    if (waitMs === undefined || waitMs > waitMaxMs) throw error;
    await sleep(waitMs);
  }
  return call(true);
}
