import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { acrossWorkspaces } from '#db/client.ts';

/** The replies of these deliveries were shown: whoever gets one of them again has nothing to show. */
export async function recordAnswered(
  deps: Pick<Deps, 'db'>,
  shown: readonly { workspaceId: string; deliveryKey: string }[],
): Promise<void> {
  await acrossWorkspaces(deps.db, (tx) =>
    tx.execute(sql`
      update calls set answered_at = now()
      from unnest(${sql.param(shown.map(({ workspaceId }) => workspaceId))}::uuid[],
        ${sql.param(shown.map(({ deliveryKey }) => deliveryKey))}::text[]) as shown (workspace_id, delivery_key)
      where calls.workspace_id = shown.workspace_id and calls.delivery_key = shown.delivery_key`),
  );
}
