import type { postings } from '#db/schema/index.ts';

type Posting = Pick<typeof postings.$inferSelect, 'kind' | 'ref' | 'attempts'>;

/**
 * Whether people may see a posting: it is known where, or a try was made at it whose answer may have been lost. At a card
 * the command's own reply has had one before the outbox has.
 */
export function mayBeShown({ kind, ref, attempts }: Posting): boolean {
  return kind === 'status' || ref !== null || attempts > 0;
}
