import type postgres from 'postgres';
import { readBatches } from '#tests/chaos/check-rows.ts';
import type { Books, FoundDraft, FoundPicture } from '#tests/chaos/errands.ts';

/** Looks at the rows of one room, each with few questions. */
export function readBooks(sql: postgres.Sql): Books {
  return {
    async findDraft(marker) {
      const [found] = await sql<FoundDraft[]>`
        select id, (select count(*)::int from ledger where person_id = drafts.person_id) as booked
        from drafts where plan ->> 'prompt' like ${`${marker} %`}`;
      return found;
    },
    async findFinished(marker) {
      const [batch] = await sql<{ id: string }[]>`
        select id from batches where prompt like ${`${marker} %`} and unfinished = 0 and gallery_at is not null`;
      if (!batch) return undefined;
      const pictures = await sql<FoundPicture[]>`
        select number, state, original, thumbnail from images where batch_id = ${batch.id} order by number`;
      return { id: batch.id, pictures };
    },
    readRoom: (marker) => readBatches(sql, marker),
  };
}
