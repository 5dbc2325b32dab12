import { and, inArray, lt, notInArray, sql } from 'drizzle-orm';
import { finishImages } from '#core/batches/finish-images.ts';
import type { Deps } from '#core/deps.ts';
import type { Job } from '#core/ports/queue.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { images } from '#db/schema/index.ts';

/** Longer than any pause that a provider may ask for, or a deploy takes. */
const patienceMinutes = 60;
const rowsMax = 500;

/**
 * Fails the images of providers that are switched off, so that they do not hold credits for ever. A provider that is
 * missing here may be at work in another process: one that had an image dispatched or finished lately is left alone.
 */
export async function failOrphans(deps: Pick<Deps, 'db' | 'providers' | 'queue'>): Promise<void> {
  const known = deps.providers.map((provider) => provider.id);
  const jobs = await acrossWorkspaces(deps.db, async (tx) => {
    const orphans = await tx
      .select({ id: images.id, state: images.state })
      .from(images)
      .where(
        and(
          inArray(images.state, ['queued', 'dispatched']),
          notInArray(images.providerId, known),
          lt(images.createdAt, sql`now() - make_interval(mins => ${patienceMinutes})`),
          sql`not exists (select from images other where other.provider_id = ${images.providerId}
            and greatest(other.dispatched_at, other.finished_at) > now() - make_interval(mins => ${patienceMinutes}))`,
        ),
      )
      .orderBy(images.id)
      .limit(rowsMax)
      .for('update', { skipLocked: true });
    const next: Job[] = [];
    for (const orphan of orphans) {
      const failed = { from: orphan.state, to: 'failed', set: sql`failure = 'model_gone'` } as const;
      next.push(...(await finishImages(tx, { ids: [orphan.id], ...failed })).jobs);
    }
    return next;
  });
  await deps.queue.enqueue(jobs);
}
