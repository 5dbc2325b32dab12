import { pause } from '#bots/pause.ts';
import { isRefusedToken, refusalOf, toDeliveryError } from '#bots/telegram/delivery-error.ts';
import type { DeliveryError } from '#core/ports/delivery.ts';
import type { Logger } from '#src/logger.ts';

export interface Waits {
  firstMs: number;
  maxMs: number;
}

/** Doubles from one failure in a row to the next; what the platform asks for counts more. */
export function waitAfter(error: DeliveryError, failures: number, { firstMs, maxMs }: Waits): number {
  return Math.max(error.retryAfterMs ?? 0, Math.min(maxMs, firstMs * 2 ** (failures - 1)));
}

export function isTokenRefused(error: DeliveryError): boolean {
  const refusal = refusalOf(error);
  return refusal !== undefined && isRefusedToken(refusal.status, refusal.description);
}

/**
 * Tries again and again while the platform is out of reach, and says so once; resolves to undefined when it refused, or
 * when the signal fired.
 */
export async function keepTrying<T>(
  log: Pick<Logger, 'warn' | 'error'>,
  what: string,
  waits: Waits,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T | undefined> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      if (signal.aborted) break;
      const error = toDeliveryError(thrown);
      if (isTokenRefused(error)) {
        log.error({ err: error }, `Telegram: ${what} failed, as TELEGRAM_BOT_TOKEN is not valid`);
        return undefined;
      }
      if (!error.retryable) {
        log.error({ err: error }, `Telegram: ${what} failed`);
        return undefined;
      }
      if (failures === 1) log.warn({ err: error }, `Telegram: ${what} failed; it is tried again`);
      await pause(waitAfter(error, failures, waits), signal);
    }
  }
  return undefined;
}
