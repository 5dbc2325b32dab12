import { eq, sql } from 'drizzle-orm';
import type { ClaimedImage } from '#core/batches/claim-image.ts';
import type { Deps } from '#core/deps.ts';
import { ProviderError } from '#core/ports/images.ts';
import type { Rating } from '#core/ports/picture-check.ts';
import { askCheck } from '#core/safety/ask-check.ts';
import { findAction } from '#core/safety/showing.ts';
import { inWorkspace } from '#db/client.ts';
import { batches } from '#db/schema/index.ts';

/** A picture that is about to be kept. */
export interface Unadmitted {
  /** What it shows, where that was looked at before. */
  rating: Rating | null;
  /** A small form of it. */
  read(): Promise<Uint8Array>;
}

/**
 * Looks at a picture before anybody is shown it, and lets it pass unless it is blocked where it was asked for and no manager
 * let it pass; how it is shown, there and elsewhere, `Showing` decides. Resolves to its rating, which is null where nothing looks at pictures.
 * @throws {ProviderError} `picture_blocked`; `server`, worth another try, where it could not be looked at: nothing is shown unseen.
 */
export async function admitPicture(
  deps: Pick<Deps, 'db' | 'pictureCheck' | 'breakers'>,
  image: ClaimedImage,
  picture: Unadmitted,
  signal: AbortSignal,
): Promise<Rating | null> {
  const { pictureCheck } = deps;
  if (!pictureCheck) return picture.rating;
  const rate = (small: Uint8Array) =>
    askCheck(
      deps.breakers,
      `pictures of ${pictureCheck.id}`,
      { deadlineMs: pictureCheck.deadlineMs, signal },
      (bounded) => pictureCheck.rate(small, { signal: bounded }),
    );
  const rating = picture.rating ?? (await rate(await picture.read()));
  const { workspaceId } = image;
  const action = await inWorkspace(deps.db, workspaceId, async (tx) => {
    const [batch] = await tx
      .select({ channelId: sql<string | null>`coalesce(${batches.askedChannelId}, ${batches.channelId})` })
      .from(batches)
      .where(eq(batches.id, image.batchId));
    return findAction(tx, { workspaceId, channelId: batch?.channelId ?? null }, rating);
  });
  if (action === 'block' && !image.approved)
    throw new ProviderError('picture_blocked', `it is ${rating}`, { retryable: false });
  return rating;
}
