import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { MessageRef } from '#core/ports/chat.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { persist } from '#db/persist.ts';
import { postings } from '#db/schema/index.ts';

/** The command's own reply showed the first revision of a posting: from here on it is edited. */
export async function recordSent(deps: Pick<Deps, 'db'>, postingId: string, ref: MessageRef): Promise<void> {
  await persist(() =>
    acrossWorkspaces(deps.db, (tx) =>
      tx.execute(sql`
        with sent as (
          update postings set ref = ${sql.param(ref, postings.ref)}, shown = greatest(shown, 1), due_at = now()
          where id = ${postingId}::bigint and ref is null returning wanted > shown as behind)
        select pg_notify('easel_postings', '') from sent where behind`),
    ),
  );
}
