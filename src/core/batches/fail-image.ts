import { sql } from 'drizzle-orm';
import { type ClaimedImage, releaseImage } from '#core/batches/claim-image.ts';
import { failOver } from '#core/batches/fail-over.ts';
import { finishImages } from '#core/batches/finish-images.ts';
import type { Deps } from '#core/deps.ts';
import { ProviderError, type ProviderErrorReason } from '#core/ports/images.ts';
import { type Jobs, RunLater } from '#core/ports/queue.ts';
import { inWorkspace } from '#db/client.ts';
import type { Logger } from '#src/logger.ts';

/** Tries at one image before it fails; a pause that the provider asked for is not a try. */
export const attemptsMax = 4;
/** An image that a provider has kept waiting for this long fails, and its credits return. */
const pausedMaxMs = 30 * 60_000;
const pauseDefaultMs = 5_000;
/** What is not made or shown for what it says or shows, whoever tries. */
const blocking: readonly ProviderErrorReason[] = ['content_blocked', 'prompt_blocked', 'picture_blocked'];
/** Reasons to leave the provider alone for a while; that is no try at the image. */
const pausing: readonly ProviderErrorReason[] = ['rate_limited', 'unavailable', 'storage_full'];

/**
 * What comes of a claimed image that was not made: another provider makes it, it is tried again, or it fails for good and
 * its credits return.
 * @throws what the queue is to try again: the error itself, or {RunLater} where that is no try.
 */
export async function failImage(
  deps: Pick<Deps, 'db' | 'log' | 'queue' | 'providers' | 'breakers' | 'workerId'>,
  log: Logger,
  image: ClaimedImage,
  error: unknown,
  context: { job: Jobs['generate-image']; shutdown: AbortSignal },
): Promise<void> {
  const waitedMs = Date.now() - (image.dispatchedAt?.getTime() ?? Date.now());
  if (context.shutdown.aborted) {
    await releaseImage(deps, image, { countsAsTry: false });
    throw new RunLater(0, 'handed back at shutdown');
  }
  if (error instanceof ProviderError && (await failOver(deps, image, error, context.job.requestId))) return;
  if (error instanceof ProviderError && error.retryable && pausing.includes(error.reason) && waitedMs < pausedMaxMs) {
    const delayMs = error.retryAfterMs ?? pauseDefaultMs;
    await pauseProvider(deps, image.providerId, delayMs);
    await releaseImage(deps, image, { countsAsTry: false });
    log.info({ providerId: image.providerId, delayMs, reason: error.reason }, 'the provider is left alone for a while');
    throw new RunLater(delayMs, error.reason);
  }
  const retryable = !(error instanceof ProviderError) || error.retryable;
  if (retryable && image.attempts < attemptsMax) {
    await releaseImage(deps, image, { countsAsTry: true });
    throw error;
  }
  const { reason, detail = null } = error instanceof ProviderError ? error : { reason: 'server' as const };
  log.warn({ err: error }, 'an image failed for good');
  const { jobs } = await inWorkspace(deps.db, image.workspaceId, (tx) =>
    finishImages(tx, {
      ids: [image.id],
      from: 'dispatched',
      to: blocking.includes(reason) ? 'blocked' : 'failed',
      set: sql`failure = ${reason}, failure_detail = ${detail}`,
    }),
  );
  await deps.queue.enqueue(jobs);
}

/** For all processes: dispatch waits as well. */
async function pauseProvider(deps: Pick<Deps, 'db'>, providerId: string, delayMs: number): Promise<void> {
  await deps.db.execute(sql`
    insert into dispatch_clocks (provider_id, paused_until)
    values (${providerId}, now() + make_interval(secs => ${delayMs / 1000}))
    on conflict (provider_id) do update
    set paused_until = greatest(dispatch_clocks.paused_until, excluded.paused_until)`);
}
