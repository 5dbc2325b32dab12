import type { Batch } from '#core/batches/find-batch.ts';
import type { ShownIn } from '#core/safety/showing.ts';
import type { postings } from '#db/schema/index.ts';

type Posting = Pick<typeof postings.$inferSelect, 'channelId' | 'series' | 'shared' | 'alone'>;

/** Where a posting is shown; what was private, or could not be posted where it was asked for, is with whoever asked alone. */
export function placeOf(posting: Posting, batch: Batch): ShownIn {
  const { workspaceId } = batch;
  const alone = posting.alone || (batch.private && !posting.shared) || isRerouted(posting, batch);
  return { workspaceId, channelId: posting.channelId, alone };
}

/** Whether what was asked for in a channel that is gone goes to the person instead. */
export function isRerouted({ series, channelId }: Posting, batch: Batch): boolean {
  return series === 0 && channelId !== batch.channelId;
}
