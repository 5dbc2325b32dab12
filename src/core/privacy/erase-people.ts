import { and, eq, inArray, isNull, lte, sql } from 'drizzle-orm';
import { cancelBatch } from '#core/batches/cancel-batch.ts';
import { deletePictures } from '#core/batches/delete-pictures.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { isThere, listPictures } from '#core/batches/find-finished.ts';
import { forgetLiveSheet } from '#core/batches/live-sheet.ts';
import type { Deps } from '#core/deps.ts';
import type { Job } from '#core/ports/queue.ts';
import { acrossWorkspaces, inWorkspace, type Tx } from '#db/client.ts';
import { erasePersonData, eraseTrail } from '#db/person-data.ts';
import { batches, erasures, people } from '#db/schema/index.ts';
import { eraseWorkspace } from '#db/workspace-data.ts';

export type EraseDeps = Pick<Deps, 'db' | 'queue' | 'sheets' | 'blobs' | 'now' | 'log' | 'bus'>;

/** What cannot be taken off a platform within so long stays there. */
const takenAwayMaxMs = 3 * 24 * 60 * 60_000;
/** Who was known to a process before may still be for a moment. */
const settledMs = 90_000;

/**
 * Deletes all about those whose day is over, in steps that can each be repeated: what runs is cancelled, pictures go, then words,
 * files, names and accounts in one transaction, and once messages show none of it, where they were posted.
 */
export async function erasePeople(deps: EraseDeps): Promise<void> {
  const due = await acrossWorkspaces(deps.db, (tx) =>
    tx
      .select()
      .from(erasures)
      .where(and(isNull(erasures.doneAt), lte(erasures.dueAt, deps.now()))),
  );
  for (const { personId, erasedAt } of due) {
    const ids = await acrossWorkspaces(deps.db, (tx) => findParts(tx, personId));
    if (erasedAt === null) await erase(deps, personId, ids);
    else await finish(deps, personId, ids, erasedAt);
  }
}

/** Whom rows name: the person, and those who are part of them. */
export async function findParts(tx: Tx, personId: string): Promise<string[]> {
  const joined = await tx.select({ id: people.id }).from(people).where(eq(people.joinedTo, personId));
  return [personId, ...joined.map(({ id }) => id)];
}

async function erase(deps: EraseDeps, personId: string, ids: string[]): Promise<void> {
  await takePictures(deps, ids);
  await acrossWorkspaces(deps.db, async (tx) => {
    const own = await findOwnWorkspaces(tx, ids);
    await erasePersonData(tx, ids);
    for (const id of own) await eraseWorkspace(tx, id, deps.now());
    await tx.update(erasures).set({ erasedAt: deps.now() }).where(eq(erasures.personId, personId));
    await tx.execute(sql`select pg_notify('easel_identities', ''), pg_notify('easel_postings', '')`);
  });
  deps.log.info({ personId }, 'all about a person was deleted');
}

/** Cancels what runs and deletes every picture, a batch at a time. */
async function takePictures(deps: EraseDeps, ids: string[]): Promise<void> {
  const found = await acrossWorkspaces(deps.db, (tx) =>
    tx.select().from(batches).where(inArray(batches.personId, ids)).orderBy(batches.id),
  );
  for (const batch of found) {
    const jobs = await inWorkspace(deps.db, batch.workspaceId, (tx) => takeBatch(tx, batch));
    await forgetLiveSheet(deps, batch);
    if (jobs.length > 0) await deps.queue.enqueue(jobs);
  }
}

async function takeBatch(tx: Tx, batch: Batch): Promise<Job[]> {
  const { workspaceId, personId, id } = batch;
  const owner = { workspaceId, personId, personIds: [personId], accountId: '', role: 'owner' } as const;
  const cancelled = batch.unfinished > 0 ? (await cancelBatch(tx, owner, id)).jobs : [];
  const there = (await listPictures(tx, id)).filter(isThere);
  const deleted = there.length > 0 ? (await deletePictures(tx, batch, there)).jobs : [];
  return [...cancelled, ...deleted];
}

/** Private chats that are workspaces of their own, which have the account's id in theirs. */
async function findOwnWorkspaces(tx: Tx, ids: string[]): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select distinct w.id from accounts a join workspaces w on w.platform = a.platform
      and a.platform_id ~ '^\\w+$' and w.platform_id ~ ('(^|[^0-9A-Za-z_-])' || a.platform_id || '$')
    where a.person_id = any(${sql.param(ids)}::uuid[]) and not exists (
      select from members m where m.workspace_id = w.id and m.person_id <> all(${sql.param(ids)}::uuid[]))`);
  return rows.map(({ id }) => id);
}

async function finish(deps: EraseDeps, personId: string, ids: string[], erasedAt: Date): Promise<void> {
  const ageMs = deps.now().getTime() - erasedAt.getTime();
  if (ageMs < settledMs) return;
  await takePictures(deps, ids);
  await acrossWorkspaces(deps.db, async (tx) => {
    await erasePersonData(tx, ids);
    const [open] = await tx.execute(sql`
      select 1 from postings p join batches b on b.id = p.batch_id where b.person_id = any(${sql.param(ids)}::uuid[])
        and (p.wanted > p.shown or b.gallery_at is null) limit 1`);
    if (open && ageMs < takenAwayMaxMs) return;
    await eraseTrail(tx, ids);
    await tx.update(erasures).set({ doneAt: deps.now() }).where(eq(erasures.personId, personId));
  });
}
