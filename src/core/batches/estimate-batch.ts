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
  const ahead = queued ? await countAhead(tx, queued) : 0;
  const meanSeconds = await measureMean(tx, first);
  if (meanSeconds === undefined) return { ahead, seconds: undefined };
  const concurrency = deps.providers.find(({ id }) => id === first.providerId)?.concurrency ?? 1;
  return { ahead, seconds: Math.ceil((ahead + unfinished.length) / concurrency) * meanSeconds };
}

/** The person's own that are older, then a turn of each other person for each of them, then likewise of each other workspace. */
async function countAhead(tx: Tx, image: ImageRow): Promise<number> {
  const { providerId, workspaceId, personId, id } = image;
  const [inside] = await tx.execute<{ ahead: number }>(sql`
    with own as (
      select count(*)::int as ahead from images where provider_id = ${providerId} and workspace_id = ${workspaceId}
        and person_id = ${personId} and state = 'queued' and id < ${String(id)}::bigint)
    select (own.ahead + coalesce(sum(least(lane.waiting, own.ahead + 1)) filter (where lane.waiting > 0), 0))::int as ahead
    from own left join lateral (
      select waiting from person_lanes where provider_id = ${providerId} and workspace_id = ${workspaceId}
        and person_id <> ${personId} and waiting > 0 limit ${lanesMax}) lane on true
    group by own.ahead`);
  const before = inside?.ahead ?? 0;
  const [others] = await seeAcross(tx, () =>
    tx.execute<{ ahead: number }>(sql`
      select coalesce(sum(least(waiting, ${before + 1}::int)), 0)::int as ahead from (
        select waiting from workspace_lanes where provider_id = ${providerId} and workspace_id <> ${workspaceId}
          and waiting > 0 limit ${lanesMax}) lane`),
  );
  return before + (others?.ahead ?? 0);
}

async function measureMean(tx: Tx, image: ImageRow): Promise<number | undefined> {
  const [row] = await tx.execute<{ seconds: number | null }>(sql`
    select extract(epoch from avg(finished_at - dispatched_at))::float8 as seconds from (
      select finished_at, dispatched_at from images
      where workspace_id = ${image.workspaceId} and model = ${image.model} and state = 'succeeded'
      order by finished_at desc limit ${measuredMax}) latest`);
  return row?.seconds ?? undefined;
}
