import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { ClaimedImage } from '#core/batches/claim-image.ts';
import type { StoredPicture } from '#core/batches/store-picture.ts';
import type { Deps } from '#core/deps.ts';
import { BlobMissingError } from '#core/ports/blobs.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { cachedResults, images } from '#db/schema/index.ts';

/** The same request is answered from here for so long. */
const keptDays = 7;
/** Of all workspaces together; what was not asked for longest goes first. */
const bytesMax = 2 * 1024 ** 3;
const rowsMax = 10_000;

/** What decides a picture, where the same request gives the same picture. */
export interface Request {
  providerId: string;
  model: string;
  prompt: string;
  negative: string | null;
  quality: string | null;
  seed: number;
  width: number;
  height: number;
  /** Blob keys of the reference pictures. */
  inputs: readonly string[];
  /** Blob key of the picture that is enlarged. */
  source?: string;
}

export function hashRequest(request: Request): string {
  const { providerId, model, prompt, negative, quality, seed, width, height, inputs, source } = request;
  const parts = [
    providerId,
    model,
    prompt,
    negative,
    quality,
    seed,
    width,
    height,
    inputs,
    ...(source ? [source] : []),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Of an image's own request: its picture when the workspace was given it before, `being made` while an older image has it made. */
export async function findResult(
  deps: Pick<Deps, 'db' | 'blobs'>,
  image: ClaimedImage,
): Promise<StoredPicture | 'being made' | undefined> {
  const { workspaceId, requestHash } = image;
  if (requestHash === null) return undefined;
  const own = and(eq(cachedResults.workspaceId, workspaceId), eq(cachedResults.requestHash, requestHash));
  const { kept, older } = await inWorkspace(deps.db, workspaceId, async (tx) => {
    const [row] = await tx.update(cachedResults).set({ usedAt: sql`now()` }).where(own).returning();
    const [first] = await tx
      .select({ id: images.id })
      .from(images)
      .where(
        and(
          eq(images.workspaceId, workspaceId),
          eq(images.requestHash, requestHash),
          sql`${images.state} = 'dispatched' and ${images.id} < ${String(image.id)}::bigint`,
        ),
      )
      .limit(1);
    return { kept: row, older: first };
  });
  if (!kept) return older ? 'being made' : undefined;
  if (await areThere(deps, [kept.original, kept.thumbnail])) return kept;
  await inWorkspace(deps.db, workspaceId, (tx) => tx.delete(cachedResults).where(own));
  return undefined;
}

async function areThere(deps: Pick<Deps, 'blobs'>, keys: readonly string[]): Promise<boolean> {
  try {
    await Promise.all(keys.map((key) => deps.blobs.read(key)));
    return true;
  } catch (error) {
    if (error instanceof BlobMissingError) return false;
    throw error;
  }
}

/** Keeps a picture for the next who asks for the very same; nothing where each picture is another. */
export async function keepResult(tx: Tx, image: ClaimedImage, stored: StoredPicture): Promise<void> {
  const { workspaceId, requestHash } = image;
  if (requestHash === null) return;
  await tx
    .insert(cachedResults)
    .values({ workspaceId, requestHash, ...stored })
    .onConflictDoUpdate({
      target: [cachedResults.workspaceId, cachedResults.requestHash],
      // Of one from before anything looked at pictures.
      set: { rating: stored.rating },
      setWhere: sql`${cachedResults.rating} is null and excluded.rating is not null`,
    });
}

/** Forgets what is too old or too much; the pictures stay with the batches that they were made for. */
export async function evictResults(tx: Tx, limits = { keptDays, bytesMax, rowsMax }): Promise<void> {
  await tx.execute(
    sql`delete from cached_results where created_at < now() - make_interval(days => ${limits.keptDays})`,
  );
  await tx.execute(sql`
    delete from cached_results c using (
      select workspace_id, request_hash, sum(bytes) over recent as total, row_number() over recent as rank
      from cached_results window recent as (order by used_at desc, workspace_id, request_hash)
    ) ranked
    where c.workspace_id = ranked.workspace_id and c.request_hash = ranked.request_hash
      and (ranked.total > ${limits.bytesMax} or ranked.rank > ${limits.rowsMax})`);
}
