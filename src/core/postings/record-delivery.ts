import { and, eq, gte, sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { MessageRef } from '#core/ports/delivery.ts';
import { inWorkspace } from '#db/client.ts';
import { persist } from '#db/persist.ts';
import { channels, postings } from '#db/schema/index.ts';

type Posting = typeof postings.$inferSelect;
type Channel = typeof channels.$inferSelect;

/**
 * Writes down which revision people see, and where; a newer revision has all its tries again, and unless it is final it is not due
 * before the message has rested for `restMs`.
 */
export async function saveShown(
  deps: Pick<Deps, 'db'>,
  posting: Posting,
  ref: MessageRef | null,
  { shown, restMs = 0 }: { shown: number; restMs?: number },
): Promise<void> {
  const dueAt = sql`case when final then due_at else now() + make_interval(secs => ${restMs / 1000}) end`;
  await persist(() =>
    inWorkspace(deps.db, posting.workspaceId, (tx) =>
      tx
        .update(postings)
        .set({ shown, ref, attempts: 0, ...(restMs > 0 ? { dueAt } : {}) })
        .where(eq(postings.id, posting.id)),
    ),
  );
}

/** Due again in so many milliseconds; what follows in the same message waits with it. */
export async function postpone(deps: Pick<Deps, 'db'>, posting: Posting, waitMs: number): Promise<void> {
  const { batchId, kind, series, part } = posting;
  await inWorkspace(deps.db, posting.workspaceId, (tx) =>
    tx
      .update(postings)
      .set({ dueAt: sql`now() + make_interval(secs => ${waitMs / 1000})` })
      .where(
        and(
          eq(postings.batchId, batchId),
          eq(postings.kind, kind),
          eq(postings.series, series),
          gte(postings.part, part),
          sql`wanted > shown`,
        ),
      ),
  );
}

/** The channel may be sent to again, by any process, in so many milliseconds. */
export async function releaseChannel(deps: Pick<Deps, 'db'>, channel: Channel, spacingMs: number): Promise<void> {
  await inWorkspace(deps.db, channel.workspaceId, (tx) =>
    tx
      .update(channels)
      .set({ workerId: null, nextSendAt: sql`now() + make_interval(secs => ${spacingMs / 1000})` })
      .where(eq(channels.id, channel.id)),
  );
}
