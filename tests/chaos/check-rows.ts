import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type postgres from 'postgres';

/** Each query finds what may not be, and says of which batch or image. */
const faults: Readonly<Record<string, string>> = {
  'images without a final state': `
    select batch_id, number, state from images where state not in ('succeeded', 'failed', 'blocked', 'cancelled')`,
  'images that succeeded without a picture': `
    select batch_id, number from images
    where state = 'succeeded' and deleted_at is null and (original is null or thumbnail is null)`,
  'images that failed before their tries were used up': `
    select batch_id, number, attempts, failure from images where state = 'failed' and attempts < 4`,
  'pictures that two images share': `
    select original, array_agg(batch_id || '/' || number) as images from images
    where original is not null group by original having count(*) > 1`,
  'batches that are not finished': `
    select id from batches where unfinished <> 0 or finished_at is null or gallery_at is null`,
  'batches made twice of one command': `
    select prompt, array_agg(id) as batches from batches b
    where not exists (select from images where batch_id = b.id and origin_id is not null)
    group by prompt having count(*) > 1`,
  'postings that are owed': 'select id, batch_id, kind, wanted, shown from postings where wanted > shown',
  'postings that were given up': 'select id, batch_id, kind, failure from postings where failure is not null',
  'postings shown nowhere': `select id, batch_id, kind from postings where kind = 'status' and ref is null`,
  'galleries without a posting': `
    select id from batches b where exists (select from images where batch_id = b.id and state = 'succeeded')
      and not exists (select from postings where batch_id = b.id and kind = 'gallery')`,
  'pictures that are let go of and not removed': 'select blob from released_blobs',
  'credits that are held': 'select person_id, held from quotas where held <> 0',
  'days that spent what was not settled': `
    select q.person_id, q.spent from quotas q left join ledger l
      on l.workspace_id = q.workspace_id and l.person_id = q.person_id and l.period = q.period and l.kind = 'settle'
    group by q.workspace_id, q.person_id, q.period, q.spent having q.spent <> coalesce(sum(l.credits), 0)`,
  'images whose reserve is not settle plus refund': `
    select i.batch_id, i.number, coalesce(sum(l.credits) filter (where l.kind = 'reserve'), 0) as reserve,
      coalesce(sum(l.credits) filter (where l.kind = 'settle'), 0) as settle,
      coalesce(sum(l.credits) filter (where l.kind = 'refund'), 0) as refund
    from images i left join ledger l on l.source = 'image:' || i.id group by i.id
    having coalesce(sum(l.credits) filter (where l.kind = 'reserve'), 0) <> i.credits
      or coalesce(sum(l.credits) filter (where l.kind in ('settle', 'refund')), 0) <> i.credits`,
  'images that are settled and did not succeed, or the other way round': `
    select i.batch_id, i.number, i.state from images i
    where (i.state = 'succeeded') <> exists (select from ledger where source = 'image:' || i.id and kind = 'settle')`,
  'entries of the ledger that are of no image': `
    select source, kind from ledger l where not exists (select from images i where l.source = 'image:' || i.id)`,
};

export interface StoredImage {
  id: string;
  batchId: string;
  number: number;
  prompt: string;
  state: string;
  /** SHA-256 of the picture, in hex; null where there is none. */
  picture: string | null;
  isDeleted: boolean;
  /** Made from another one by Easel itself; no provider is asked. */
  isEnlarged: boolean;
}

/** A message that shows pictures, in all its parts. */
export interface StoredShow {
  kind: 'gallery' | 'files' | 'zip';
  series: number;
  shared: boolean;
  /** Null: all of the batch. */
  numbers: number[] | null;
}

export interface StoredBatch {
  id: string;
  prompt: string;
  isPrivate: boolean;
  /** Of pictures that were there. */
  isAgain: boolean;
  images: StoredImage[];
  shows: StoredShow[];
}

/** What the rows and the stored pictures contradict, a sentence each. */
export async function checkRows(sql: postgres.Sql, dataDir: string): Promise<string[]> {
  const violations: string[] = [];
  for (const [what, query] of Object.entries(faults)) {
    for (const row of await sql.unsafe(query)) violations.push(`${what}: ${JSON.stringify(row)}`);
  }
  const pictures = await sql<{ batchId: string; number: number; key: string }[]>`
    select batch_id as "batchId", number, unnest(array[original, thumbnail]) as key from images
    where state = 'succeeded' and deleted_at is null`;
  for (const { batchId, number, key } of pictures) {
    const bytes = await readFile(join(dataDir, 'blobs', key)).catch(() => undefined);
    const isWhole = bytes && key.endsWith(createHash('sha256').update(bytes).digest('hex'));
    if (!isWhole) violations.push(`pictures that are not stored whole: ${batchId}/${number} ${key}`);
  }
  return violations;
}

/** Every batch with its images and what shows them; or those of the room whose `marker` begins their prompts. */
export async function readBatches(sql: postgres.Sql, marker = ''): Promise<StoredBatch[]> {
  const isOfRoom = sql`prompt like ${`${marker}%`}`;
  const isOfBatch = sql`batch_id in (select id from batches where ${isOfRoom})`;
  const batches = await sql<Omit<StoredBatch, 'images' | 'shows'>[]>`
    select id, prompt, private as "isPrivate",
      exists (select from images where batch_id = batches.id and origin_id is not null) as "isAgain"
    from batches where ${isOfRoom} order by created_at`;
  const images = await sql<StoredImage[]>`
    select id::text, batch_id as "batchId", number, prompt, state, split_part(original, '/', 2) as picture,
      deleted_at is not null as "isDeleted", source is not null as "isEnlarged"
    from images where ${isOfBatch} order by batch_id, number`;
  const shows = await sql<(StoredShow & { batchId: string })[]>`
    select distinct batch_id as "batchId", kind, series, shared, numbers from postings where kind <> 'status' and ${isOfBatch}`;
  const imagesOf = Map.groupBy(images, ({ batchId }) => batchId);
  const showsOf = Map.groupBy(shows, ({ batchId }) => batchId);
  return batches.map((batch) => ({
    ...batch,
    images: imagesOf.get(batch.id) ?? [],
    shows: showsOf.get(batch.id) ?? [],
  }));
}
