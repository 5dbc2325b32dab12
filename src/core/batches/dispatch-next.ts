import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { ImageProvider } from '#core/ports/images.ts';
import type { Job } from '#core/ports/queue.ts';
import { acrossWorkspaces, type Tx } from '#db/client.ts';

/** How far a lane that could not be served may lag behind the present, in units of the dearest image. */
const lagImages = 8;
/** Dispatched in one transaction at most, so that a request never waits long for a lane. */
const stepMax = 16;

interface Picked {
  imageId: string;
  workspaceId: string;
  personId: string;
  requestId: string;
  startTag: number;
}

/** What somebody has in flight. */
interface Flight {
  workspaceId: string;
  personId: string;
  count: number;
}

/** How far behind the present a lane's tag counts at most, so that who was capped for long does not take all turns after. */
export function lagOf(provider: ImageProvider): number {
  return lagImages * Math.max(...provider.models.map((model) => model.credits));
}

/**
 * Hands images to workers in fair order while the provider has room: of the workspaces with the smallest tag under
 * its cap, of its people likewise, of theirs the oldest image. One dispatcher a provider at a time; what is in flight
 * is counted from the images themselves. Only what is handed out moves a tag, so what is cancelled before costs nobody
 * a turn; what is cancelled after was the provider's work, and keeps its turn.
 */
export async function dispatchNext(deps: Pick<Deps, 'db' | 'queue' | 'providers'>, providerId: string): Promise<void> {
  const provider = deps.providers.find((candidate) => candidate.id === providerId);
  if (!provider) return;
  for (;;) {
    const { jobs, more } = await acrossWorkspaces(deps.db, (tx) => dispatchStep(tx, provider));
    await deps.queue.enqueue(jobs);
    if (!more) return;
  }
}

async function dispatchStep(tx: Tx, provider: ImageProvider): Promise<{ jobs: Job[]; more: boolean }> {
  // Whoever makes room dispatches after it, so that where there is none nobody has to wait for another dispatcher.
  if (roomOf(provider, await countInFlight(tx, provider.id)) <= 0) return { jobs: [], more: false };
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`dispatch:${provider.id}`}, 0))`);
  // A statement of its own: one that also takes the lock would count as of before it waited.
  const [clock] = await tx.execute<{ virtualTime: number; pausedMs: number }>(sql`
    insert into dispatch_clocks as clock (provider_id) values (${provider.id})
    on conflict (provider_id) do update set virtual_time = clock.virtual_time
    returning virtual_time as "virtualTime",
      greatest(0, ceil(extract(epoch from paused_until - now()) * 1000))::int as "pausedMs"`);
  if (!clock) throw new Error('the clock that was just written is not there');
  if (clock.pausedMs > 0) return { jobs: [wakeUp(provider.id, clock.pausedMs)], more: false };

  const flights = await countInFlight(tx, provider.id);
  const room = roomOf(provider, flights);
  const lag = lagOf(provider);
  const picked: Picked[] = [];
  const passedOver: string[] = [];
  while (picked.length < Math.min(room, stepMax)) {
    const next = await pick(tx, provider.id, clock.virtualTime, lag, [...flights, ...picked.map(asFlight)], passedOver);
    if (next === 'none') break;
    if ('workspaceId' in next) picked.push(next);
    else passedOver.push(next.lane);
  }
  if (picked.length > 0) {
    const present = Math.max(clock.virtualTime, ...picked.map((image) => image.startTag));
    await tx.execute(sql`update dispatch_clocks set virtual_time = ${present} where provider_id = ${provider.id}`);
  }
  return {
    jobs: picked.map((image) => generateJob(provider.id, image)),
    more: picked.length === stepMax && room > stepMax,
  };
}

const roomOf = (provider: ImageProvider, flights: readonly Flight[]): number =>
  provider.concurrency - flights.reduce((sum, { count }) => sum + count, 0);

async function countInFlight(tx: Tx, providerId: string): Promise<Flight[]> {
  return tx.execute<Flight & Record<string, unknown>>(sql`
    select workspace_id as "workspaceId", person_id as "personId", count(*)::int as count
    from images where provider_id = ${providerId} and state = 'dispatched' group by 1, 2`);
}

const asFlight = ({ workspaceId, personId }: Picked): Flight => ({ workspaceId, personId, count: 1 });

/** A lane that says it has images and has none (its count is off until the sweep) is passed over. */
async function pick(
  tx: Tx,
  providerId: string,
  virtualTime: number,
  lag: number,
  flights: readonly Flight[],
  passedOver: readonly string[],
): Promise<Picked | { lane: string } | 'none'> {
  const floor = virtualTime - lag;
  const skipped = sql`array[${sql.join(
    passedOver.map((lane) => sql`${lane}`),
    sql`, `,
  )}]::text[]`;
  const mayTake = sql`p.workspace_id || '/' || p.person_id <> all(${skipped})
    and (p.cap is null or p.cap > (select coalesce(sum(count), 0) from flight
      where "workspaceId" = p.workspace_id and "personId" = p.person_id))`;
  const [row] = await tx.execute<{
    lane: string;
    imageId: string | null;
    workspaceId: string;
    personId: string;
    requestId: string;
    startTag: number;
  }>(sql`
    with flight as (
      select * from jsonb_to_recordset(${JSON.stringify(flights)}::text::jsonb)
        as f("workspaceId" uuid, "personId" uuid, count int)
    ), workspace as (
      select workspace_id, greatest(tag, ${floor}::float8) as start_tag, virtual_time from workspace_lanes w
      where provider_id = ${providerId} and waiting > 0
        and (cap is null or cap > (select coalesce(sum(count), 0) from flight where "workspaceId" = w.workspace_id))
        and exists (
          select from person_lanes p where p.provider_id = w.provider_id and p.workspace_id = w.workspace_id
            and p.waiting > 0 and ${mayTake})
      order by tag limit 1 for update skip locked
    ), person as (
      select p.workspace_id, p.person_id, p.cursor, workspace.start_tag as workspace_start,
        greatest(p.tag, workspace.virtual_time - ${lag}::float8) as start_tag
      from person_lanes p join workspace using (workspace_id)
      where p.provider_id = ${providerId} and p.waiting > 0 and ${mayTake}
      order by p.tag limit 1 for update of p skip locked
    ), image as (
      select i.id, i.credits, i.batch_id
      from person cross join lateral (
        select * from images where provider_id = ${providerId} and workspace_id = person.workspace_id
          and person_id = person.person_id and state = 'queued' and id >= person.cursor
        order by id limit 1 for update skip locked) i
    ), dispatched as (
      update images set state = 'dispatched', dispatched_at = now() from image where images.id = image.id
    ), person_moved as (
      update person_lanes l set tag = person.start_tag + image.credits / l.weight, waiting = l.waiting - 1, cursor = image.id + 1
      from image, person
      where l.provider_id = ${providerId} and l.workspace_id = person.workspace_id and l.person_id = person.person_id
    ), workspace_moved as (
      update workspace_lanes l set tag = person.workspace_start + image.credits / l.weight, waiting = l.waiting - 1,
        virtual_time = greatest(l.virtual_time, person.start_tag)
      from image, person where l.provider_id = ${providerId} and l.workspace_id = person.workspace_id
    )
    select person.workspace_id || '/' || person.person_id as lane, image.id::text as "imageId",
      person.workspace_id as "workspaceId", person.person_id as "personId", person.workspace_start as "startTag",
      (select request_id from batches where id = image.batch_id) as "requestId"
    from person left join image on true`);
  if (!row) return 'none';
  return row.imageId === null ? { lane: row.lane } : { ...row, imageId: row.imageId };
}

/** Its id keeps an image from being queued twice. */
export function generateJob(
  providerId: string,
  image: { imageId: string; workspaceId: string; requestId: string },
): Job & { id: string } {
  const { imageId, workspaceId, requestId } = image;
  return {
    name: 'generate-image',
    id: `generate-image-${imageId}`,
    data: { workspaceId, imageId, providerId, requestId },
  };
}

function wakeUp(providerId: string, delayMs: number): Job {
  const id = `dispatch-next-${providerId}-${Math.ceil((Date.now() + delayMs) / 1000)}`;
  return { name: 'dispatch-next', id, delayMs, data: { providerId, requestId: 'paused' } };
}
