import { and, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { isSeenElsewhere } from '#core/batches/find-own-elsewhere.ts';
import { renderGallery } from '#core/batches/render-gallery.ts';
import type { CommandContext } from '#core/commands/define.ts';
import type { RepliedTo } from '#core/ports/chat.ts';
import { placeOf } from '#core/postings/place-of.ts';
import { acrossWorkspaces, inWorkspace, type Tx } from '#db/client.ts';
import { batches, channels, postings } from '#db/schema/index.ts';

/** A message of ours that is answered. */
export interface Replied {
  workspaceId: string;
  batchId: string;
  /** The pictures of the batch that it shows. */
  numbers: readonly number[];
}

/**
 * What of ours a call answers; undefined where that is no batch's. Alone with the bot that may be the
 * person's own batch of another workspace.
 */
export async function findReplied(
  { deps, call, actor }: Pick<CommandContext, 'deps' | 'call' | 'actor'>,
  repliesTo: RepliedTo,
): Promise<Replied | undefined> {
  const here = await inWorkspace(deps.db, actor.workspaceId, async (tx) => {
    const found = await findPosting(tx, call.platform, repliesTo);
    if (found) return repliedOf(tx, deps, found, repliesTo);
    return repliesTo.thread === undefined ? undefined : findInThread(tx, repliesTo);
  });
  if (here || !call.channel.direct) return here;
  const isOwn = and(inArray(batches.personId, [...actor.personIds]), isSeenElsewhere(actor));
  return acrossWorkspaces(deps.db, async (tx) => {
    const found = await findPosting(tx, call.platform, repliesTo, isOwn);
    return found && repliedOf(tx, deps, found, repliesTo);
  });
}

async function repliedOf(
  tx: Tx,
  deps: Pick<CommandContext['deps'], 'platforms' | 'pictureCheck'>,
  found: NonNullable<Awaited<ReturnType<typeof findPosting>>>,
  repliesTo: RepliedTo,
): Promise<Replied> {
  const { id: batchId, workspaceId } = found.batch;
  return { workspaceId, batchId, numbers: await numbersOf(tx, deps, found, repliesTo) };
}

async function findPosting(tx: Tx, platform: string, repliesTo: RepliedTo, also?: SQL) {
  const { channel, message, fileIds = [] } = repliesTo;
  const holds = (ref: object) => sql`${postings.ref} @> ${JSON.stringify(ref)}::jsonb`;
  const isShown = or(holds({ platform, channel, message }), holds({ platform, channel, messages: [message] }));
  const shown = await findPostingWhere(tx, isShown, also);
  if (shown || fileIds.length === 0) return shown;
  // People may be faster than what writes down where it was shown.
  const isJustShown = sql`wanted > shown and ${postings.conversation} @> ${JSON.stringify({ platform, channel })}::jsonb`;
  const holdsFile = or(...fileIds.map((id) => sql`position(${JSON.stringify(id)} in ${postings.handle}) > 0`));
  return findPostingWhere(tx, isJustShown, holdsFile, also);
}

async function findPostingWhere(tx: Tx, ...conditions: (SQL | undefined)[]) {
  const [found] = await tx
    .select({ posting: postings, batch: batches, limits: channels.limits })
    .from(postings)
    .innerJoin(batches, eq(batches.id, postings.batchId))
    .innerJoin(channels, eq(channels.id, postings.channelId))
    .where(and(...conditions))
    .limit(1);
  return found;
}

/** Of a part that is several messages, each a picture, the one that is answered. */
async function numbersOf(
  tx: Tx,
  deps: Pick<CommandContext['deps'], 'platforms' | 'pictureCheck'>,
  { posting, batch, limits }: NonNullable<Awaited<ReturnType<typeof findPosting>>>,
  { message }: RepliedTo,
): Promise<number[]> {
  const { kind, part, numbers, ref, conversation } = posting;
  if (kind !== 'gallery' && kind !== 'files') return [];
  const as = kind === 'files' ? 'files' : 'pictures';
  const gallery = await renderGallery(tx, deps, batch, {
    limits,
    as,
    numbers,
    posting,
    place: placeOf(posting, batch),
  });
  const shown = gallery && deps.platforms.get(conversation.platform)?.split(gallery.message, limits)[part]?.images;
  if (!shown) return [];
  const isEach = ref?.messages?.length === shown.length;
  const images = isEach ? shown.filter((_, index) => ref?.messages?.[index] === message) : shown;
  return images.flatMap(({ number }) => number ?? []);
}

async function findInThread(tx: Tx, { channel, thread }: RepliedTo): Promise<Replied | undefined> {
  const [batch] = await tx
    .select({ batchId: batches.id, workspaceId: batches.workspaceId })
    .from(batches)
    .where(
      and(sql`${batches.conversation}->>'thread' = ${thread}`, sql`${batches.conversation}->>'channel' = ${channel}`),
    )
    .orderBy(desc(batches.createdAt))
    .limit(1);
  return batch && { ...batch, numbers: [] };
}
