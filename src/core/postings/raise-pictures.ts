import { sql } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';

/**
 * Every message that shows pictures of the batch, or is owed, must be shown anew: what it may show has changed. That one was
 * tried, and may be shown already, is remembered.
 */
export async function raisePictures(tx: Tx, batchId: string, { waitMs = 0 }: { waitMs?: number } = {}): Promise<void> {
  await tx.execute(sql`
    update postings set wanted = wanted + 1, attempts = case when ref is null then least(attempts, 1) else 0 end, failure = null,
      due_at = now() + make_interval(secs => ${waitMs / 1000})
    where batch_id = ${batchId} and kind <> 'status' and (ref is not null or wanted > shown)`);
  await tx.execute(sql`select pg_notify('easel_postings', '')`);
}
