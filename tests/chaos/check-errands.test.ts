import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { makeZip } from 'client-zip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkErrand } from '#tests/chaos/check-errands.ts';
import type { StoredBatch } from '#tests/chaos/check-rows.ts';
import type { Errand } from '#tests/chaos/errands.ts';
import { batchOf, gallery, imageOf, roomWith } from '#tests/chaos/scenes.ts';
import { sha256 } from '#tests/read-zip.ts';

const bytes = new Uint8Array([1, 2, 3]);
const picture = sha256(bytes);
const batch = batchOf([imageOf({ picture })]);
const again = batchOf([imageOf({ id: '2', batchId: 'k7m2q5' })], { id: 'k7m2q5', isAgain: true });
const deleted = batchOf([imageOf({ isDeleted: true })]);
const followUp = { at: 0, taken: true, heard: 0, tries: 1, numbers: [1], blobs: [] as string[] };
type Facts = Parameters<typeof roomWith>[2];
type Done = { what: string; errand: Errand; batches: StoredBatch[] };
type Wrong = { what: string; facts: Facts; batches: StoredBatch[] };
const calm = { instances: [], outages: [] };

describe('what a person did after their first command', () => {
  let dataDir = '';
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'easel-errands-'));
    await mkdir(join(dataDir, 'blobs/workspace'), { recursive: true });
    await writeFile(join(dataDir, 'blobs/workspace/kept'), bytes);
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));
  const check = async (facts: Facts, batches: StoredBatch[]) =>
    checkErrand(calm, dataDir, roomWith([await zipped(bytes)], [], facts), batches);

  it.each([
    { what: 'a rerun made one batch', errand: 'rerun', batches: [batch, again] },
    { what: 'a draft became a batch', errand: 'file', batches: [batch] },
    {
      what: 'pictures were shown again',
      errand: 'show',
      batches: [{ ...batch, shows: [gallery, { ...gallery, series: 1 }] }],
    },
    {
      what: 'a zip holds the pictures',
      errand: 'zip',
      batches: [{ ...batch, shows: [{ ...gallery, kind: 'zip' as const }] }],
    },
    { what: 'a picture and its file are gone', errand: 'delete', batches: [deleted] },
  ] as Done[])('counts when $what', async ({ errand, batches }) => {
    const seen = await check({ errand, followUp: { ...followUp, blobs: ['workspace/gone'] } }, batches);
    expect(seen).toEqual({ violations: [], isRun: true });
  });

  it('may come to nothing where it was refused, and says so', async () => {
    const seen = await check({ errand: 'rerun', followUp }, [batch]);
    expect(seen).toEqual({ violations: [], isRun: false, unwritten: 'refused' });
  });

  it.each([
    {
      what: 'comes to nothing though it was taken',
      facts: { errand: 'rerun', followUp: { ...followUp, heard: 9 } },
      batches: [batch],
    },
    {
      what: 'is done twice',
      facts: { errand: 'rerun', followUp },
      batches: [batch, again, { ...again, id: 'k7m2q6' }],
    },
    {
      what: 'books something for a draft',
      facts: { errand: 'draft', draft: { id: 'k7m2q4', booked: 10 } },
      batches: [],
    },
    {
      what: 'is a batch of a draft that nobody ran',
      facts: { errand: 'draft', draft: { id: 'k7m2q4', booked: 0 } },
      batches: [batch],
    },
    { what: 'was to be private and is not', facts: { errand: 'private' }, batches: [batch] },
    {
      what: 'is private and was not to be',
      facts: { errand: 'file', followUp },
      batches: [{ ...batch, isPrivate: true }],
    },
    {
      what: 'leaves the file of a deleted picture',
      facts: { errand: 'delete', followUp: { ...followUp, blobs: ['workspace/kept'] } },
      batches: [deleted],
    },
    {
      what: 'is a zip without a picture that came',
      facts: { errand: 'zip', followUp },
      batches: [
        batchOf([imageOf({ picture }), imageOf({ number: 2, picture: 'another' })], {
          shows: [{ ...gallery, kind: 'zip' as const }],
        }),
      ],
    },
  ] as Wrong[])('is a violation when it $what', async ({ facts, batches }) => {
    expect((await check(facts, batches)).violations).toHaveLength(1);
  });
});

async function zipped(input: Uint8Array) {
  const zip = makeZip([
    { name: 'manifest.csv', input: 'prompt' },
    { name: 'a-fox.png', input },
  ]);
  return { text: '', images: [], files: [{ name: 'easel-k7m2q4.zip', bytes: await buffer(zip) }] };
}
