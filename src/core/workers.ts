import { eq, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Deps } from '#core/deps.ts';
import { workers } from '#db/schema/index.ts';

export const heartbeatMs = 2_000;
/** Silent for this long, a worker counts as dead. */
const silenceSeconds = 10;

/** When this process was heard, in milliseconds of its own clock. */
export interface Pulse {
  beatAt?: number;
  /** When it was heard again after it had counted as dead itself. */
  resumedAt?: number;
}

/** Says that this process is alive; what it holds stays its own. */
export async function beat(deps: Pick<Deps, 'db' | 'workerId' | 'pulse'>): Promise<void> {
  await deps.db.execute(sql`
    insert into workers (id, seen_at) values (${deps.workerId}, now())
    on conflict (id) do update set seen_at = excluded.seen_at`);
  const { pulse } = deps;
  const now = performance.now();
  if (pulse.beatAt !== undefined && isLongAgo(pulse.beatAt)) pulse.resumedAt = now;
  pulse.beatAt = now;
}

const isLongAgo = (at: number) => performance.now() - at > silenceSeconds * 1000;

/** Gives up at once all that this process holds. */
export async function leave(deps: Pick<Deps, 'db' | 'workerId'>): Promise<void> {
  await deps.db.delete(workers).where(eq(workers.id, deps.workerId));
}

/**
 * True where nobody holds a row, or its holder has died. A process that could not be heard itself of late cannot tell:
 * with the database away, all are silent, and those who live need a moment to be heard again.
 */
export function workerIsGone({ pulse }: Pick<Deps, 'pulse'>, holder: AnyPgColumn): SQL {
  const { beatAt, resumedAt } = pulse;
  const canTell = beatAt !== undefined && !isLongAgo(beatAt) && (resumedAt === undefined || isLongAgo(resumedAt));
  if (!canTell) return sql`${holder} is null`;
  return sql`(${holder} is null or not exists (
    select from workers where workers.id = ${holder} and workers.seen_at > now() - make_interval(secs => ${silenceSeconds})))`;
}
