import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { seeAcross, type Tx } from '#db/client.ts';
import type { images } from '#db/schema/index.ts';

/** Durations that the estimate is made from: the latest of the workspace with the same model. */
const measuredMax = 20;
/** Lanes that are looked at: with more, people are told less than the truth rather than kept waiting. */
const lanesMax = 1_000;

type ImageRow = typeof images.$inferSelect;

/**
 * How many images will be dispatched before the batch's next one, in fair order with equal weights, and how long the
 * whole batch will take, in seconds; undefined for a batch that waits for nothing, and for a time nobody measured yet.
 */
export async function estimateBatch(
  tx: Tx,
  deps: Pick<Deps, 'providers'>,
  rows: readonly ImageRow[],
): Promise<{ ahead: number; seconds: number | undefined } | undefined> {
  const unfinished = rows.filter((row) => row.state === 'queued' || row.state === 'dispatched');
  const [first] = unfinished;
  if (!first) return undefined;
  const queued = unfinished.find((row) => row.state === 'queued');
  const { ahead, meanSeconds } = await look(tx, queued ?? first);
  const before = queued ? ahead : 0;
  if (meanSeconds === null) return { ahead: before, seconds: undefined };
  const concurrency = deps.providers.find(({ id }) => id === first.providerId)?.concurrency ?? 1;
  return { ahead: before, seconds: Math.ceil((before + unfinished.length) / concurrency) * meanSeconds };
}

/** The person's own that are older, then a turn of each other person for each of them, then likewise of each other workspace. */
async function look(tx: Tx, image: ImageRow): Promise<{ ahead: number; meanSeconds: number | null }> {
  const { providerId, workspaceId, personId, id, model } = image;
  const [row] = await seeAcross(tx, () =>
    tx.execute<{ ahead: number; meanSeconds: number | null }>(sql`
      with own as (
        select count(*)::int as ahead from images where provider_id = ${providerId} and workspace_id = ${workspaceId}
          and person_id = ${personId} and state = 'queued' and id < ${String(id)}::bigint
      ), inside as (
        select own.ahead + coalesce((
          select sum(least(waiting, own.ahead + 1)) from (
            select waiting from person_lanes where provider_id = ${providerId} and workspace_id = ${workspaceId}
              and person_id <> ${personId} and waiting > 0 limit ${lanesMax}) lane), 0) as ahead
        from own)
      select (inside.ahead + coalesce((
        select sum(least(waiting, inside.ahead + 1)) from (
          select waiting from workspace_lanes where provider_id = ${providerId} and workspace_id <> ${workspaceId}
            and waiting > 0 limit ${lanesMax}) lane), 0))::int as ahead,
        (select extract(epoch from avg(finished_at - dispatched_at))::float8 from (
          select finished_at, dispatched_at from images
          where workspace_id = ${workspaceId} and model = ${model} and state = 'succeeded'
          order by finished_at desc limit ${measuredMax}) latest) as "meanSeconds"
      from inside`),
  );
  if (!row) throw new Error('the estimate has no row');
  return row;
}
