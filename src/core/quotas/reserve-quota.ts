import { sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import { UserError } from '#core/errors.ts';
import { findQuota } from '#core/quotas/find-quota.ts';
import { send, type Tx } from '#db/client.ts';

/**
 * Takes credits out of the person's day, or nothing at all: one conditional statement, so that any number of
 * requests at once stay within the limit.
 * @throws {UserError} `quota.exceeded`
 */
export async function reserveQuota(
  tx: Tx,
  actor: Actor,
  request: { credits: number; limit: number; period: string; resetsAt: Date },
): Promise<void> {
  const reserved = tx.execute(sql`
    insert into quotas as q (workspace_id, person_id, period, held)
    select ${actor.workspaceId}, ${actor.personId}, ${request.period}::date, ${request.credits}::int
    where ${request.credits}::int <= ${request.limit}::int
    on conflict (workspace_id, person_id, period) do update set held = q.held + excluded.held
    where q.held + q.spent + excluded.held <= ${request.limit}::int
    returning held`);
  if ((await send(reserved)).length > 0) return;
  const { held, spent } = await findQuota(tx, actor, request.period);
  throw new UserError('quota.exceeded', {
    needed: request.credits,
    left: Math.max(0, request.limit - held - spent),
    limit: request.limit,
    resetsAt: request.resetsAt.toISOString(),
  });
}
