import { and, asc, desc, eq, sql } from 'drizzle-orm';
import type { MessageRef } from '#core/ports/delivery.ts';
import type { PostedBatch } from '#core/postings/render-posting.ts';
import type { Tx } from '#db/client.ts';
import { batches, type channels, postings, workspaces } from '#db/schema/index.ts';

/** A message that is due, with what it is about. */
export interface Owed extends PostedBatch {
  /** The workspace as its platform knows it. */
  workspace: string;
  card: MessageRef | undefined;
}

/** What is owed in a channel and due: what is final first, and pictures before the card that they finish. */
export async function findMostUrgent(tx: Tx, channel: typeof channels.$inferSelect): Promise<Owed | undefined> {
  const [posting] = await tx
    .select()
    .from(postings)
    .where(and(eq(postings.channelId, channel.id), sql`wanted > shown and due_at <= now()`))
    .orderBy(desc(postings.final), sql`${postings.kind} = 'status' and ${postings.ref} is not null`, asc(postings.id))
    .limit(1);
  if (!posting) return undefined;
  const [batch] = await tx.select().from(batches).where(eq(batches.id, posting.batchId));
  const [workspace] = await tx.select().from(workspaces).where(eq(workspaces.id, posting.workspaceId));
  if (!batch || !workspace) throw new Error(`posting ${posting.id} has no batch`);
  const card = posting.kind === 'status' ? undefined : await findCard(tx, posting);
  return { posting, batch, workspace: workspace.platformId, card };
}

/** The batch's card in the same conversation, which its pictures belong to. */
async function findCard(tx: Tx, posting: typeof postings.$inferSelect): Promise<MessageRef | undefined> {
  if (posting.series > 0) return undefined;
  const [card] = await tx
    .select({ ref: postings.ref })
    .from(postings)
    .where(
      and(
        eq(postings.batchId, posting.batchId),
        eq(postings.kind, 'status'),
        eq(postings.channelId, posting.channelId),
      ),
    );
  return card?.ref ?? undefined;
}
