import { and, eq, or, sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { Jobs } from '#core/ports/queue.ts';
import { workerIsGone } from '#core/workers.ts';
import { inWorkspace } from '#db/client.ts';
import { batches, images } from '#db/schema/index.ts';

export type ClaimedImage = NonNullable<Awaited<ReturnType<typeof claimImage>>>;

/** Takes a dispatched image for this process and counts the try, with how long its provider is to be left alone; undefined when it has ended, moved to another provider, or somebody alive has it. */
export async function claimImage(deps: Pick<Deps, 'db' | 'workerId' | 'pulse'>, job: Jobs['generate-image']) {
  return inWorkspace(deps.db, job.workspaceId, async (tx) => {
    const [image] = await tx
      .update(images)
      .set({ workerId: deps.workerId, attempts: sql`${images.attempts} + 1` })
      .where(
        and(
          eq(images.id, BigInt(job.imageId)),
          eq(images.providerId, job.providerId),
          eq(images.state, 'dispatched'),
          or(eq(images.workerId, deps.workerId), workerIsGone(deps, images.workerId)),
        ),
      )
      .returning();
    if (!image) return undefined;
    const [found] = await tx
      .select({
        inputs: batches.inputs,
        pausedMs: sql<number>`coalesce((select greatest(0, ceil(extract(epoch from paused_until - now()) * 1000))::int
          from dispatch_clocks where provider_id = ${image.providerId}), 0)`,
      })
      .from(batches)
      .where(eq(batches.id, image.batchId));
    return { ...image, inputs: found?.inputs ?? [], pausedMs: found?.pausedMs ?? 0 };
  });
}

/** Lets go of an image that is to be tried again; a pause that the provider asked for is no try. */
export async function releaseImage(
  deps: Pick<Deps, 'db' | 'workerId'>,
  image: ClaimedImage,
  options: { countsAsTry: boolean },
): Promise<void> {
  await inWorkspace(deps.db, image.workspaceId, (tx) =>
    tx
      .update(images)
      .set({ workerId: null, ...(options.countsAsTry ? {} : { attempts: sql`${images.attempts} - 1` }) })
      .where(and(eq(images.id, image.id), eq(images.workerId, deps.workerId))),
  );
}
