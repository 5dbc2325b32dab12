import { type SQL, sql } from 'drizzle-orm';
import { lagOf } from '#core/batches/dispatch-next.ts';
import type { Deps } from '#core/deps.ts';
import { seeAcross, type Tx } from '#db/client.ts';
import type { images } from '#db/schema/index.ts';

/** Durations that the estimate is made from: the latest of the workspace with the same model. */
const measuredMax = 20;
/** An enlargement takes as long as its size has it: those of the same size count, out of so many of the latest. */
const upscalesLookedAtMax = 200;
/** Lanes that are looked at: with more, people are told less than the truth rather than kept waiting. */
const lanesMax = 250;

/** What of an image decides its place. */
export type Queueing = Pick<
  typeof images.$inferSelect,
  'state' | 'providerId' | 'workspaceId' | 'personId' | 'batchId' | 'model' | 'credits' | 'width' | 'height'
> &
  Partial<Pick<typeof images.$inferSelect, 'source'>>;

export interface Estimate {
  /** Images that will be handed out before the batch's next one, in fair order. */
  ahead: number;
  /** Until the whole batch is done; undefined where nobody measured yet. */
  seconds: number | undefined;
  /** The cap that keeps the next one waiting although its turn has come. */
  capped: { of: 'person' | 'workspace'; cap: number } | undefined;
  /** The provider is left alone for a while. */
  paused: boolean;
}

/** The batch's place in the order of dispatch and the time it will take; undefined for a batch that waits for nothing. */
export async function estimateBatch(
  tx: Tx,
  deps: Pick<Deps, 'providers'>,
  rows: readonly Queueing[],
): Promise<Estimate | undefined> {
  const unfinished = rows.filter((row) => row.state === 'queued' || row.state === 'dispatched');
  const [first] = unfinished;
  if (!first) return undefined;
  const queued = unfinished.find((row) => row.state === 'queued');
  const provider = deps.providers.find(({ id }) => id === first.providerId);
  const seen = await look(tx, queued ?? first, provider ? lagOf(provider) : 0);
  const { personCap, workspaceCap, meanSeconds } = seen;
  const ahead = queued ? seen.ahead : 0;
  const capped = queued ? findCap(seen) : undefined;
  const { paused } = seen;
  if (meanSeconds === null) return { ahead, seconds: undefined, capped, paused };
  const concurrency = provider?.concurrency ?? 1;
  const own = Math.min(concurrency, personCap ?? concurrency, workspaceCap ?? concurrency);
  const turns = Math.max(Math.ceil((ahead + unfinished.length) / concurrency), Math.ceil(unfinished.length / own));
  return { ahead, seconds: turns * meanSeconds, capped, paused };
}

function findCap({ personCap, personFlight, workspaceCap, workspaceFlight }: Look): Estimate['capped'] {
  if (personCap !== null && personFlight >= personCap) return { of: 'person', cap: personCap };
  if (workspaceCap !== null && workspaceFlight >= workspaceCap) return { of: 'workspace', cap: workspaceCap };
  return undefined;
}

interface Look extends Record<string, unknown> {
  ahead: number;
  meanSeconds: number | null;
  personCap: number | null;
  workspaceCap: number | null;
  personFlight: number;
  workspaceFlight: number;
  paused: boolean;
}

/**
 * The person's own that are older; then, of each other person of the workspace, those whose tags come first; then likewise
 * of each other workspace. A lane's tags go up by cost ÷ weight with each image; others' are taken to cost as much as ours.
 * `offset 0` keeps the batch's own images from being sought among all that wait, which is what a database that has not
 * counted its rows yet would do.
 */
async function look(tx: Tx, image: Queueing, lag: number): Promise<Look> {
  const { providerId, workspaceId, personId, batchId, model, credits, width, height, source = null } = image;
  const lookedAtMax = source ? upscalesLookedAtMax : measuredMax;
  const alike = source ? sql`source is not null and width = ${width} and height = ${height}` : sql`source is null`;
  /** How many of a lane with this tag, weight and number waiting come before a target tag. */
  const before = (target: SQL, tag: SQL) =>
    sql`least(waiting, greatest(0, floor((${target} - ${tag}) * weight / ${credits}::float8 + 1e-9) + 1))`;
  const [row] = await seeAcross(tx, () =>
    tx.execute<Look>(sql`
      with me as materialized (
        select p.weight, p.cap as person_cap, w.weight as workspace_weight, w.cap as workspace_cap,
          coalesce(c.paused_until > now(), false) as paused, w.virtual_time - ${lag}::float8 as floor, coalesce(c.virtual_time, 0) - ${lag}::float8 as workspace_floor,
          greatest(p.tag, w.virtual_time - ${lag}::float8) as tag,
          greatest(w.tag, coalesce(c.virtual_time, 0) - ${lag}::float8) as workspace_tag,
          (select count(*)::int from images where provider_id = ${providerId} and workspace_id = ${workspaceId}
            and person_id = ${personId} and state = 'queued' and id < (
              select min(id) from (select * from images where batch_id = ${batchId} offset 0) own
              where provider_id = ${providerId} and state = 'queued')) as ahead
        from person_lanes p join workspace_lanes w using (provider_id, workspace_id)
        left join dispatch_clocks c using (provider_id)
        where provider_id = ${providerId} and workspace_id = ${workspaceId} and p.person_id = ${personId}
      ), inside as (
        select me.*, me.ahead + coalesce((
          select sum(${before(sql`(me.tag + me.ahead * ${credits}::float8 / me.weight)`, sql`greatest(lane.tag, me.floor)`)}) from (
            select tag, weight, waiting from person_lanes where provider_id = ${providerId} and workspace_id = ${workspaceId}
              and person_id <> ${personId} and waiting > 0 limit ${lanesMax}) lane), 0) as turns
        from me
      ), flight as (
        select count(*)::int as workspace_flight, count(*) filter (where person_id = ${personId})::int as person_flight
        from images where provider_id = ${providerId} and workspace_id = ${workspaceId} and state = 'dispatched'
      )
      select (turns + coalesce((
        select sum(${before(sql`(workspace_tag + turns * ${credits}::float8 / workspace_weight)`, sql`greatest(lane.tag, workspace_floor)`)}) from (
          select tag, weight, waiting from workspace_lanes where provider_id = ${providerId} and workspace_id <> ${workspaceId}
            and waiting > 0 limit ${lanesMax}) lane), 0))::int as ahead,
        paused, person_cap as "personCap", workspace_cap as "workspaceCap",
        person_flight as "personFlight", workspace_flight as "workspaceFlight",
        (select extract(epoch from avg(finished_at - dispatched_at))::float8 from (
          select finished_at, dispatched_at from (
            select * from images where workspace_id = ${workspaceId} and model = ${model} and state = 'succeeded'
            order by finished_at desc limit ${lookedAtMax}) latest
          where ${alike} order by finished_at desc limit ${measuredMax}) measured) as "meanSeconds"
      from inside, flight`),
  );
  if (!row) throw new Error('the estimate has no row');
  return row;
}
