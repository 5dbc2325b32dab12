import { pause } from '#bots/pause.ts';
import { settledWithin } from '#bots/settled-within.ts';
import { type Api, pollSeconds, type Update, wantedUpdates } from '#bots/telegram/api.ts';
import { refusalOf, toDeliveryError } from '#bots/telegram/delivery-error.ts';
import { isTokenRefused, type Waits, waitAfter } from '#bots/telegram/keep-trying.ts';
import type { Taker } from '#bots/telegram/take-update.ts';
import { createUpdateWindow } from '#bots/telegram/update-window.ts';
import type { DeliveryError } from '#core/ports/delivery.ts';
import type { Logger } from '#src/logger.ts';

/** Most updates that one answer holds; https://core.telegram.org/bots/api#getupdates */
const updatesMax = 100;
/** How long the last updates may take when polling ends, and how long their confirmation. */
const farewellMs = 3000;

export interface PollDeps {
  api: Api;
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  taker: Pick<Taker, 'take'>;
  waits: Waits;
  /** So long new updates wait for slow ones. */
  windowWaitMs: number;
  /** So long an update that is committed is kept for its answer to be shown. */
  shownWaitMs: number;
}

/**
 * Takes updates by long polling until the signal fires. Telegram is told to forget an update once it and all before it
 * are committed, and their answers shown where that takes no long, so a killed process loses none. While a slow one is at work, polls bring it and what followed along
 * each time: up to 100 can be under way so. At the end what is committed is confirmed, so that nobody takes it again.
 */
export async function pollUpdates(deps: PollDeps, signal: AbortSignal): Promise<void> {
  const { api, log, taker, windowWaitMs, shownWaitMs } = deps;
  const window = createUpdateWindow();
  const handle = async (update: Update) => {
    const { committed, answered } = taker.take(update);
    await committed;
    await settledWithin(answered, shownWaitMs);
  };
  let failures = 0;
  while (!signal.aborted) {
    try {
      const timeout = window.isBusy() ? 0 : pollSeconds;
      window.take(await getUpdates(api, { offset: window.offset(), limit: updatesMax, timeout }, signal), handle);
      if (failures > 0) log.info('Telegram: polling goes on');
      failures = 0;
      await window.settled(AbortSignal.any([signal, AbortSignal.timeout(windowWaitMs)]));
    } catch (thrown) {
      if (signal.aborted) break;
      const error = toDeliveryError(thrown);
      if (isTokenRefused(error)) {
        log.error({ err: error }, 'Telegram: polling stops, as TELEGRAM_BOT_TOKEN is not valid');
        break;
      }
      failures += 1;
      if (failures === 1) log.warn({ err: error }, describeFailure(error));
      await pause(waitAfter(error, failures, deps.waits), signal);
    }
  }
  await window.settled(AbortSignal.timeout(farewellMs));
  if (window.offset() === 0) return;
  await getUpdates(api, { offset: window.offset(), limit: 1, timeout: 0 }, AbortSignal.timeout(farewellMs)).catch(
    (error: unknown) => log.debug({ err: toDeliveryError(error) }, 'Telegram: the last updates are not confirmed'),
  );
}

function getUpdates(api: Api, query: { offset: number; limit: number; timeout: number }, signal: AbortSignal) {
  return api.getUpdates(
    { ...query, allowed_updates: wantedUpdates },
    signal as NonNullable<Parameters<Api['getUpdates']>[1]>,
  );
}

function describeFailure(error: DeliveryError): string {
  return refusalOf(error)?.status === 409
    ? 'Telegram: another program takes the updates of this bot; polling is tried again'
    : 'Telegram: polling failed; it is tried again';
}
