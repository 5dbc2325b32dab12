import type { postings } from '#db/schema/index.ts';

/** Whether people may see a posting: it is known where, or a try was made at it whose answer may have been lost. */
export function mayBeShown({ ref, attempts }: Pick<typeof postings.$inferSelect, 'ref' | 'attempts'>): boolean {
  return ref !== null || attempts > 0;
}
