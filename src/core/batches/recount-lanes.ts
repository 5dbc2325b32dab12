import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { acrossWorkspaces } from '#db/client.ts';

export const recountEveryMs = 60_000;

/**
 * Sets right how many images each lane says it has waiting. Lanes are locked in one statement and counted in the
 * next, since one statement would count as of before it had the lock; lanes that a request holds are left out.
 */
export async function recountLanes(deps: Pick<Deps, 'db'>): Promise<void> {
  await acrossWorkspaces(deps.db, async (tx) => {
    const [lock] = await tx.execute<{ free: boolean }>(sql`select pg_try_advisory_xact_lock(4337503) as free`);
    if (!lock?.free) return;
    await tx.execute(sql`
      create temporary table held_lanes on commit drop as
      select provider_id, workspace_id, person_id from (
        select provider_id, workspace_id, person_id from person_lanes l
        where waiting > 0 or exists (select from images i where i.provider_id = l.provider_id
          and i.workspace_id = l.workspace_id and i.person_id = l.person_id and i.state = 'queued')
        for update skip locked) held`);
    await tx.execute(sql`
      update person_lanes l set waiting = counted.waiting, cursor = 0
      from (select h.*, (select count(*)::int from images i where i.provider_id = h.provider_id
              and i.workspace_id = h.workspace_id and i.person_id = h.person_id and i.state = 'queued') as waiting
            from held_lanes h) counted
      where l.provider_id = counted.provider_id and l.workspace_id = counted.workspace_id
        and l.person_id = counted.person_id and l.waiting <> counted.waiting`);
    await tx.execute(sql`
      update workspace_lanes l set waiting = sums.waiting
      from (select provider_id, workspace_id, sum(waiting)::int as waiting from person_lanes group by 1, 2) sums
      where l.provider_id = sums.provider_id and l.workspace_id = sums.workspace_id and l.waiting <> sums.waiting`);
  });
}
