import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { findBlobUsers } from '#db/blob-users.ts';
import { acrossWorkspaces, inWorkspace, type Tx } from '#db/client.ts';
import { releasedBlobs } from '#db/schema/index.ts';

const blobsMax = 200;

/** Held by all whose rows are about to need stored bytes, and by whoever removes some of the workspace alone. */
const keyOf = (workspaceId: string): SQL => sql`hashtextextended(${`blobs:${workspaceId}`}, 0)`;

/** Blobs that this transaction takes the row from: they are removed after its commit, where no other row needs them. */
export async function releaseBlobs(tx: Tx, workspaceId: string, blobs: readonly string[]): Promise<void> {
  if (blobs.length === 0) return;
  await tx
    .insert(releasedBlobs)
    .values(blobs.toSorted().map((blob) => ({ workspaceId, blob })))
    // Waits for who is about to find that this transaction's rows still need it.
    .onConflictDoUpdate({
      target: [releasedBlobs.workspaceId, releasedBlobs.blob],
      set: { createdAt: sql`now()` },
    });
}

/**
 * Whether these blobs are there; if so they stay until the transaction ends, so that a row that it writes can need them.
 * The same bytes have the same key: what is stored anew may be just what somebody else lets go of.
 */
export async function holdBlobs(
  tx: Tx,
  { blobs }: Pick<Deps, 'blobs'>,
  workspaceId: string,
  keys: readonly string[],
): Promise<boolean> {
  await tx.execute(sql`select pg_advisory_xact_lock_shared(${keyOf(workspaceId)})`);
  const sizes = await Promise.all(keys.map((key) => blobs.size(key)));
  return sizes.every((size) => size !== undefined);
}

/** Removes what a workspace has let go of and needs no more. Run twice, or after a death in between, it does the rest. */
export async function removeReleased(deps: Pick<Deps, 'db' | 'blobs'>, workspaceId: string): Promise<void> {
  const count = await inWorkspace(deps.db, workspaceId, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${keyOf(workspaceId)})`);
    const rows = await tx
      .select({ blob: releasedBlobs.blob })
      .from(releasedBlobs)
      .where(eq(releasedBlobs.workspaceId, workspaceId))
      .limit(blobsMax)
      .for('update');
    if (rows.length === 0) return 0;
    const released = rows.map(({ blob }) => blob);
    const { kept, held } = await findBlobUsers(tx, workspaceId, released);
    await Promise.all(
      released.filter((blob) => !kept.has(blob) && !held.has(blob)).map((blob) => deps.blobs.delete(blob)),
    );
    const settled = released.filter((blob) => !held.has(blob));
    if (settled.length > 0) {
      await tx
        .delete(releasedBlobs)
        .where(and(eq(releasedBlobs.workspaceId, workspaceId), inArray(releasedBlobs.blob, settled)));
    }
    return settled.length;
  });
  if (count === blobsMax) await removeReleased(deps, workspaceId);
}

/** Of all workspaces: what a death left behind, and what a draft held. */
export async function removeAllReleased(deps: Pick<Deps, 'db' | 'blobs'>): Promise<void> {
  const rows = await acrossWorkspaces(deps.db, (tx) =>
    tx.selectDistinct({ workspaceId: releasedBlobs.workspaceId }).from(releasedBlobs),
  );
  for (const { workspaceId } of rows) await removeReleased(deps, workspaceId);
}
