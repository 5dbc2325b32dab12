import type postgres from 'postgres';

/** Nothing may be left half done between two rounds. Each query finds what is wrong. */
const faults: Readonly<Record<string, string>> = {
  'images that did not succeed': `select id from images where state <> 'succeeded'`,
  'batches without a gallery': 'select id from batches where unfinished <> 0 or gallery_at is null',
  'posts that are owed or were given up': 'select id from postings where wanted > shown or failure is not null',
  'galleries that were posted twice': `
    select batch_id from postings where kind = 'gallery' group by batch_id, series, part having count(*) > 1`,
  'credits that are held': 'select person_id from quotas where held <> 0',
  'images that were not paid exactly once': `
    select i.id from images i left join ledger l on l.source = 'image:' || i.id
    group by i.id, i.credits having coalesce(sum(l.credits) filter (where l.kind = 'settle'), 0) <> i.credits
      or coalesce(sum(l.credits) filter (where l.kind = 'reserve'), 0) <> i.credits`,
};
const patienceMs = 15_000;

/** @throws when a batch, its credits or its posts are not as they have to be, soon after its gallery was shown. */
export async function checkBooks(sql: postgres.Sql): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (const [what, query] of Object.entries(faults)) {
    for (;;) {
      const found = await sql.unsafe(query);
      if (found.length === 0) break;
      if (Date.now() > deadline) throw new Error(`${what}: ${JSON.stringify(found)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
