import { type SQL, sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { Role } from '#core/ports/chat.ts';
import type { ResolvedSettings } from '#core/workspaces/resolve-settings.ts';
import { send, type Tx } from '#db/client.ts';

/**
 * Puts `count` images, of which `first` is the least id, behind the person's others, with the person's share and caps as
 * they are now. A lane that was empty starts at the present, so idling earns nothing; ids of two requests at once may be
 * committed out of order, hence the lowered cursor.
 */
export async function joinLanes(
  tx: Tx,
  actor: Pick<Actor, 'workspaceId' | 'personId' | 'role'>,
  settings: Pick<ResolvedSettings, 'weights' | 'inFlight'>,
  providerId: string,
  { count, first }: { count: number; first: SQL },
): Promise<void> {
  const present = sql`coalesce((select virtual_time from dispatch_clocks where provider_id = ${providerId}), 0)`;
  const { weights, inFlight } = settings;
  const joined = tx.execute(sql`
    with workspace as (
      insert into workspace_lanes as lane (provider_id, workspace_id, tag, waiting, cap)
      values (${providerId}, ${actor.workspaceId}, ${present}, ${count}::int, ${inFlight.workspace}::int)
      on conflict (provider_id, workspace_id) do update set
        waiting = lane.waiting + excluded.waiting, cap = excluded.cap,
        tag = case when lane.waiting = 0 then greatest(lane.tag, excluded.tag) else lane.tag end
      returning provider_id, workspace_id, virtual_time
    )
    insert into person_lanes as lane (provider_id, workspace_id, person_id, tag, weight, waiting, cap, cursor)
    select provider_id, workspace_id, ${actor.personId}, virtual_time, ${weights[actor.role]}::float8, ${count}::int,
      ${inFlight.person}::int, ${first}
    from workspace
    on conflict (provider_id, workspace_id, person_id) do update set
      waiting = lane.waiting + excluded.waiting, weight = excluded.weight, cap = excluded.cap,
      tag = case when lane.waiting = 0 then greatest(lane.tag, excluded.tag) else lane.tag end,
      cursor = least(lane.cursor, excluded.cursor)`);
  await send(joined);
}

/** A workspace's shares and caps have changed: they hold at once, also for what waits. */
export async function shareLanes(
  tx: Tx,
  workspaceId: string,
  { weights, inFlight }: Pick<ResolvedSettings, 'weights' | 'inFlight'>,
): Promise<void> {
  await tx.execute(sql`update workspace_lanes set cap = ${inFlight.workspace} where workspace_id = ${workspaceId}`);
  const weightOf = (role: Role) => sql`when ${role} then ${weights[role]}::float8`;
  await tx.execute(sql`
    update person_lanes l set cap = ${inFlight.person},
      weight = case m.role ${weightOf('owner')} ${weightOf('admin')} ${weightOf('member')} ${weightOf('guest')} else l.weight end
    from members m
    where l.workspace_id = ${workspaceId} and m.workspace_id = l.workspace_id and m.person_id = l.person_id`);
}
