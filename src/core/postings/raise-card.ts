import { sql } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';

/**
 * The batch's card must be shown anew: its state changed in this transaction. `final` when nothing newer will come; such
 * need not wait as long as progress had to.
 */
export async function raiseCard(tx: Tx, batchId: string, options: { final?: boolean } = {}): Promise<void> {
  const { final = false } = options;
  await tx.execute(sql`
    update postings set wanted = wanted + 1, attempts = 0, final = final or ${final},
      due_at = case when ${final} and not final and ref is not null then now() else due_at end
    where batch_id = ${batchId} and kind = 'status'`);
  await tx.execute(sql`select pg_notify('easel_postings', '')`);
}
