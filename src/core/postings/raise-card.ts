import { sql } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';

/** The batch's card must be shown anew: its state changed in this transaction. `final` when nothing newer will come. */
export async function raiseCard(tx: Tx, batchId: string, options: { final?: boolean } = {}): Promise<void> {
  await tx.execute(sql`
    update postings set wanted = wanted + 1, attempts = 0, final = final or ${options.final ?? false}
    where batch_id = ${batchId} and kind = 'status'`);
  await tx.execute(sql`select pg_notify('easel_postings', '')`);
}
