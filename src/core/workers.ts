import { eq, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Deps } from '#core/deps.ts';
import { workers } from '#db/schema/index.ts';

export const heartbeatMs = 2_000;
/** Silent for this long, a worker counts as dead. */
const silenceSeconds = 10;

/** Says that this process is alive; what it holds stays its own. */
export async function beat(deps: Pick<Deps, 'db' | 'workerId'>): Promise<void> {
  await deps.db.execute(sql`
    insert into workers (id, seen_at) values (${deps.workerId}, now())
    on conflict (id) do update set seen_at = excluded.seen_at`);
}

/** Gives up at once all that this process holds. */
export async function leave(deps: Pick<Deps, 'db' | 'workerId'>): Promise<void> {
  await deps.db.delete(workers).where(eq(workers.id, deps.workerId));
}

/** True where nobody holds a row, or its holder has died. */
export function workerIsGone(holder: AnyPgColumn): SQL {
  return sql`(${holder} is null or not exists (
    select from workers where workers.id = ${holder} and workers.seen_at > now() - make_interval(secs => ${silenceSeconds})))`;
}
