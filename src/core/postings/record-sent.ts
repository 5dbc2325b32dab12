import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { MessageRef } from '#core/ports/delivery.ts';
import { shareNext } from '#core/share-next.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { persist } from '#db/persist.ts';

interface Sent {
  postingId: string;
  ref: MessageRef;
}

/**
 * Writes down that a command's own reply showed the first revision of a posting: from here on it is edited. At once, and
 * what comes while something is being written goes into one statement after it.
 */
export function createSentRecorder(deps: Pick<Deps, 'db'>): (postingId: string, ref: MessageRef) => Promise<void> {
  let owed: Sent[] = [];
  const flush = shareNext(async () => {
    const sent = owed;
    owed = [];
    await persist(() => recordSent(deps, sent));
  });
  return (postingId, ref) => {
    owed.push({ postingId, ref });
    return flush();
  };
}

async function recordSent(deps: Pick<Deps, 'db'>, sent: readonly Sent[]): Promise<void> {
  await acrossWorkspaces(deps.db, (tx) =>
    tx.execute(sql`
      with answered as (
        select * from unnest(${sql.param(sent.map(({ postingId }) => postingId))}::bigint[],
          ${sql.param(sent.map(({ ref }) => JSON.stringify(ref)))}::text[]) as answered (id, ref)
      ), shown as (
        update postings set ref = answered.ref::jsonb, shown = greatest(shown, 1), due_at = now()
        from answered where postings.id = answered.id and postings.ref is null
        returning wanted > shown as behind
      )
      select pg_notify('easel_postings', '') where exists (select from shown where behind)`),
  );
}
