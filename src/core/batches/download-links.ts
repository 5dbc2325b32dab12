import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, isNull, lt } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { listPictures, type Picture } from '#core/batches/find-finished.ts';
import type { Deps } from '#core/deps.ts';
import { acrossWorkspaces, inWorkspace, type Tx } from '#db/client.ts';
import { batches, downloadLinks } from '#db/schema/index.ts';

const keptMs = 7 * 24 * 60 * 60_000;
const tokenBytes = 32;
const tokenPattern = /^[\da-f]{64}$/;

/** Lets whoever has the path download a batch until it expires. The path is nowhere else: nobody can be told it again. */
export async function makeDownloadLink(
  tx: Tx,
  deps: Pick<Deps, 'now'>,
  actor: Actor,
  batch: Batch,
): Promise<{ path: string; expiresAt: Date }> {
  // In hex, as no app reads markup into it.
  const token = randomBytes(tokenBytes).toString('hex');
  const createdAt = deps.now();
  const expiresAt = new Date(createdAt.getTime() + keptMs);
  await tx.insert(downloadLinks).values({
    tokenHash: hashToken(token),
    workspaceId: batch.workspaceId,
    batchId: batch.id,
    personId: actor.personId,
    createdAt,
    expiresAt,
  });
  return { path: `/files/${token}/${batch.id}.zip`, expiresAt };
}

/** Ends every link of a batch; resolves to how many there were that still worked. */
export async function revokeDownloadLinks(tx: Tx, deps: Pick<Deps, 'now'>, batch: Batch): Promise<number> {
  const now = deps.now();
  const revoked = await tx
    .update(downloadLinks)
    .set({ revokedAt: now })
    .where(
      and(
        eq(downloadLinks.workspaceId, batch.workspaceId),
        eq(downloadLinks.batchId, batch.id),
        isNull(downloadLinks.revokedAt),
        gt(downloadLinks.expiresAt, now),
      ),
    )
    .returning({ tokenHash: downloadLinks.tokenHash });
  return revoked.length;
}

/** What a token opens: its batch with the pictures that succeeded; undefined when it opens nothing, or no more. */
export async function findDownload(
  deps: Pick<Deps, 'db' | 'now'>,
  token: string,
): Promise<{ batch: Batch; pictures: Picture[] } | undefined> {
  if (!tokenPattern.test(token)) return undefined;
  const [link] = await acrossWorkspaces(deps.db, (tx) =>
    tx
      .select({ workspaceId: downloadLinks.workspaceId, batchId: downloadLinks.batchId })
      .from(downloadLinks)
      .where(
        and(
          eq(downloadLinks.tokenHash, hashToken(token)),
          isNull(downloadLinks.revokedAt),
          gt(downloadLinks.expiresAt, deps.now()),
        ),
      ),
  );
  if (!link) return undefined;
  return inWorkspace(deps.db, link.workspaceId, async (tx) => {
    const [batch] = await tx.select().from(batches).where(eq(batches.id, link.batchId));
    return batch && { batch, pictures: (await listPictures(tx, batch.id)).filter(succeeded) };
  });
}

export function succeeded({ state }: Pick<Picture, 'state'>): boolean {
  return state === 'succeeded';
}

/** Of all workspaces. */
export async function forgetExpiredLinks(tx: Tx, deps: Pick<Deps, 'now'>): Promise<void> {
  await tx.delete(downloadLinks).where(lt(downloadLinks.expiresAt, deps.now()));
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
