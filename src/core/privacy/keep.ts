import { sql } from 'drizzle-orm';
import { deletePictures } from '#core/batches/delete-pictures.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { isThere, listPictures } from '#core/batches/find-finished.ts';
import type { EraseDeps } from '#core/privacy/erase-people.ts';
import { acrossWorkspaces, inWorkspace, type Tx } from '#db/client.ts';
import { erasedWords, eraseFiles, eraseWords } from '#db/person-data.ts';
import { eraseWorkspace } from '#db/workspace-data.ts';

/** A workspace that the bot was taken out of is kept for so long. */
const goneKeptDays = 30;
const batchesAtOnce = 200;

/** Deletes what workspaces keep for so many days only, and all of those that were left long ago. Run again, it does what is left. */
export async function keepForDays(deps: EraseDeps): Promise<void> {
  const now = sql`${deps.now().toISOString()}::timestamptz`;
  await acrossWorkspaces(deps.db, async (tx) => {
    await eraseLogs(tx, now);
    await eraseOldWords(tx, now);
  });
  await deleteOldPictures(deps, now);
  await eraseGone(deps, now);
}

type Instant = ReturnType<typeof sql>;

/** Kept answers, and the names and words beside entries of the log, which itself stays. */
async function eraseLogs(tx: Tx, now: Instant): Promise<void> {
  const kept = sql`s.scope = 'workspace' and s.keep_logs is not null`;
  await tx.execute(sql`
    delete from calls c using settings s where ${kept} and c.workspace_id = s.workspace_id
      and c.created_at < ${now} - make_interval(days => s.keep_logs)`);
  await tx.execute(sql`
    delete from audit_texts x using audit_entries e, settings s where ${kept} and x.workspace_id = s.workspace_id
      and e.workspace_id = x.workspace_id and e.n = x.n and e.at < ${now} - make_interval(days => s.keep_logs)`);
}

async function eraseOldWords(tx: Tx, now: Instant): Promise<void> {
  const rows = await tx.execute<{ id: string }>(sql`
    select b.id from batches b join settings s on s.workspace_id = b.workspace_id and s.scope = 'workspace'
    where b.finished_at < ${now} - make_interval(days => s.keep_prompts) and b.prompt <> ${erasedWords}
    order by b.id limit ${batchesAtOnce}`);
  if (rows.length === 0) return;
  await eraseWords(
    tx,
    sql`(${sql.join(
      rows.map(({ id }) => sql`${id}`),
      sql`, `,
    )})`,
  );
}

async function deleteOldPictures(deps: EraseDeps, now: Instant): Promise<void> {
  const old = await acrossWorkspaces(deps.db, (tx) =>
    tx.execute<Pick<Batch, 'id' | 'workspaceId' | 'requestId'>>(sql`
      select b.id, b.workspace_id as "workspaceId", b.request_id as "requestId"
      from batches b join settings s on s.workspace_id = b.workspace_id and s.scope = 'workspace'
      where b.finished_at < ${now} - make_interval(days => s.keep_pictures) and (b.inputs <> '[]' or exists (
        select from images i where i.batch_id = b.id and ((i.state = 'succeeded' and i.deleted_at is null) or i.source is not null)))
      order by b.id limit ${batchesAtOnce}`),
  );
  for (const batch of old) {
    const { jobs } = await inWorkspace(deps.db, batch.workspaceId, async (tx) => {
      const deleted = await deletePictures(tx, batch, (await listPictures(tx, batch.id)).filter(isThere));
      await eraseFiles(tx, sql`(${batch.id})`);
      return deleted;
    });
    if (jobs.length > 0) await deps.queue.enqueue(jobs);
  }
}

async function eraseGone(deps: EraseDeps, now: Instant): Promise<void> {
  await acrossWorkspaces(deps.db, async (tx) => {
    const rows = await tx.execute<{ id: string }>(sql`
      select id from workspaces where erased_at is null and gone_at < ${now} - make_interval(days => ${goneKeptDays})
      order by id for update`);
    for (const { id } of rows) await eraseWorkspace(tx, id, deps.now());
    if (rows.length > 0) deps.log.info({ workspaces: rows.length }, 'workspaces that were left were deleted');
  });
}
