import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { acrossWorkspaces } from '#db/client.ts';

export const recountEveryMs = 60_000;

/**
 * Sets right how many images each lane says it has waiting. Workspaces' lanes are locked in one statement, which keeps
 * everyone off their people's, and counted in the next, since one statement would count as of before it had the lock;
 * lanes that a request holds are left out.
 */
export async function recountLanes(deps: Pick<Deps, 'db'>): Promise<void> {
  await acrossWorkspaces(deps.db, async (tx) => {
    const [lock] = await tx.execute<{ free: boolean }>(sql`select pg_try_advisory_xact_lock(4337503) as free`);
    if (!lock?.free) return;
    await tx.execute(sql`
      create temporary table held_lanes on commit drop as
      select provider_id, workspace_id from (
        select provider_id, workspace_id from workspace_lanes l
        where waiting > 0
          or exists (select from person_lanes p where p.provider_id = l.provider_id
            and p.workspace_id = l.workspace_id and p.waiting > 0)
          or exists (select from images i where i.provider_id = l.provider_id
            and i.workspace_id = l.workspace_id and i.state = 'queued')
        for update skip locked) held`);
    await tx.execute(sql`
      update person_lanes l set waiting = counted.waiting, cursor = 0
      from (select p.provider_id, p.workspace_id, p.person_id, (select count(*)::int from images i
              where i.provider_id = p.provider_id and i.workspace_id = p.workspace_id
                and i.person_id = p.person_id and i.state = 'queued') as waiting
            from person_lanes p join held_lanes using (provider_id, workspace_id)) counted
      where l.provider_id = counted.provider_id and l.workspace_id = counted.workspace_id
        and l.person_id = counted.person_id and l.waiting <> counted.waiting`);
    await tx.execute(sql`
      update workspace_lanes l set waiting = sums.waiting
      from (select provider_id, workspace_id, sum(waiting)::int as waiting
            from person_lanes join held_lanes using (provider_id, workspace_id) group by 1, 2) sums
      where l.provider_id = sums.provider_id and l.workspace_id = sums.workspace_id and l.waiting <> sums.waiting`);
  });
}
