import { and, desc, eq, or, sql } from 'drizzle-orm';
import { renderGallery } from '#core/batches/render-gallery.ts';
import type { CommandContext } from '#core/commands/define.ts';
import type { RepliedTo } from '#core/ports/chat.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { batches, channels, postings } from '#db/schema/index.ts';

/** A message of ours that is answered. */
export interface Replied {
  batchId: string;
  /** The pictures of the batch that it shows. */
  numbers: readonly number[];
}

/** What of ours a call answers; undefined where it answers nothing, or what is no batch's. */
export async function findReplied({
  deps,
  call,
  actor,
}: Pick<CommandContext, 'deps' | 'call' | 'actor'>): Promise<Replied | undefined> {
  const { repliesTo } = call;
  if (!repliesTo) return undefined;
  return inWorkspace(deps.db, actor.workspaceId, async (tx) => {
    const found = await findPosting(tx, repliesTo);
    if (found) return { batchId: found.batch.id, numbers: await numbersOf(tx, deps, found, repliesTo) };
    return repliesTo.thread === undefined ? undefined : findInThread(tx, repliesTo);
  });
}

async function findPosting(tx: Tx, { channel, message }: RepliedTo) {
  const holds = (ref: object) => sql`${postings.ref} @> ${JSON.stringify(ref)}::jsonb`;
  const [found] = await tx
    .select({ posting: postings, batch: batches, limits: channels.limits })
    .from(postings)
    .innerJoin(batches, eq(batches.id, postings.batchId))
    .innerJoin(channels, eq(channels.id, postings.channelId))
    .where(or(holds({ channel, message }), holds({ channel, messages: [message] })))
    .limit(1);
  return found;
}

/** Of a part that is several messages, each a picture, the one that is answered. */
async function numbersOf(
  tx: Tx,
  { platforms }: Pick<CommandContext['deps'], 'platforms'>,
  { posting, batch, limits }: NonNullable<Awaited<ReturnType<typeof findPosting>>>,
  { message }: RepliedTo,
): Promise<number[]> {
  const { kind, part, numbers, ref, conversation } = posting;
  if (kind !== 'gallery' && kind !== 'files') return [];
  const as = kind === 'files' ? 'files' : 'pictures';
  const gallery = await renderGallery(tx, batch, { limits, as, numbers, posting });
  const shown = gallery && platforms.get(conversation.platform)?.split(gallery.message, limits)[part]?.images;
  if (!shown) return [];
  const isEach = ref?.messages?.length === shown.length;
  const images = isEach ? shown.filter((_, index) => ref?.messages?.[index] === message) : shown;
  return images.flatMap(({ number }) => number ?? []);
}

async function findInThread(tx: Tx, { channel, thread }: RepliedTo): Promise<Replied | undefined> {
  const [batch] = await tx
    .select({ id: batches.id })
    .from(batches)
    .where(
      and(sql`${batches.conversation}->>'thread' = ${thread}`, sql`${batches.conversation}->>'channel' = ${channel}`),
    )
    .orderBy(desc(batches.createdAt))
    .limit(1);
  return batch && { batchId: batch.id, numbers: [] };
}
