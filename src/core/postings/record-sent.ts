import { and, eq, sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { MessageRef } from '#core/ports/chat.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { postings } from '#db/schema/index.ts';

/** The command's own reply showed the first revision of a posting: from here on it is edited. */
export async function recordSent(deps: Pick<Deps, 'db'>, postingId: string, ref: MessageRef): Promise<void> {
  await acrossWorkspaces(deps.db, async (tx) => {
    await tx
      .update(postings)
      .set({ ref, shown: sql`greatest(${postings.shown}, 1)`, dueAt: sql`now()` })
      .where(and(eq(postings.id, BigInt(postingId)), sql`${postings.ref} is null`));
    await tx.execute(sql`select pg_notify('easel_postings', '')`);
  });
}
