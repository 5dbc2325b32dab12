import { desc, eq } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';
import { auditEntries } from '#db/schema/index.ts';

/** The newest acts of a workspace's audit log, newest first. */
export function listActs(tx: Tx, workspaceId: string, max: number) {
  return tx
    .select()
    .from(auditEntries)
    .where(eq(auditEntries.workspaceId, workspaceId))
    .orderBy(desc(auditEntries.n))
    .limit(max);
}
