import { sql } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';

/** New tries for a new revision; a first send that was tried stays known as tried, as it may have reached the platform. */
export const freshAttempts = sql`case when ref is null then least(attempts, 1) else 0 end`;

/** The batch's card must be shown anew: its state changed in this transaction. `final` when nothing newer will come. */
export async function raiseCard(tx: Tx, batchId: string, options: { final?: boolean } = {}): Promise<void> {
  await tx.execute(sql`
    update postings set wanted = wanted + 1, attempts = ${freshAttempts}, final = final or ${options.final ?? false}
    where batch_id = ${batchId} and kind = 'status'`);
  await tx.execute(sql`select pg_notify('easel_postings', '')`);
}
