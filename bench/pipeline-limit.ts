import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { limits } from '#bots/playground/room.ts';
import type { Deps } from '#core/deps.ts';
import type { QueueBackend } from '#jobs/queue-backend.ts';
import { composeContactSheet } from '#media/gallery.ts';
import { storeForms } from '#media/store-forms.ts';

export interface Load {
  batches: number;
  imagesEach: number;
  concurrency: number;
  pictures: readonly Uint8Array[];
}

/**
 * The least there is to do: an image is one no-op job, one decode, one re-encode, one thumbnail, one blob write and one
 * transaction of three statements; a batch is one sheet and one post. Resolves to how long it took, in milliseconds.
 */
export async function timeLimit(
  deps: Pick<Deps, 'blobs' | 'platforms'>,
  backend: QueueBackend,
  databaseUrl: string,
  load: Load,
): Promise<number> {
  const platform = deps.platforms.get('playground');
  if (!platform) throw new Error('the playground is off');
  const sql = postgres(databaseUrl, { max: 10, onnotice: () => undefined });
  await sql`create table if not exists bench_images (id text primary key, state text)`;
  await sql`create table if not exists bench_ledger (image text primary key, kind text)`;
  await sql`create table if not exists bench_batches (id text primary key, unfinished int)`;
  const [workspaceId, run] = [randomUUID(), randomUUID()];
  const thumbnails = new Map<string, Uint8Array[]>();
  let posted = 0;
  const done = Promise.withResolvers<void>();

  async function makeImage(batch: string, number: number): Promise<void> {
    const bytes = load.pictures[number % load.pictures.length];
    if (!bytes) throw new Error('no picture');
    const forms = await storeForms(bytes, { prompt: 'a red fox in snow', model: 'bench', seed: newSeed() });
    await deps.blobs.put(workspaceId, forms.original.bytes);
    const image = `${batch}-${number}`;
    const [row] = await sql.begin(async (tx) => {
      await tx`insert into bench_images values (${image}, 'succeeded')`;
      await tx`insert into bench_ledger values (${image}, 'settle')`;
      return tx<
        { unfinished: number }[]
      >`update bench_batches set unfinished = unfinished - 1 where id = ${batch} returning unfinished`;
    });
    thumbnails.set(batch, [...(thumbnails.get(batch) ?? []), forms.thumbnail.bytes]);
    if (row?.unfinished === 0) await postSheet(batch);
  }

  async function postSheet(batch: string): Promise<void> {
    const tiles = (thumbnails.get(batch) ?? []).map((image, index) => ({ label: String(index + 1), image }));
    await composeContactSheet(tiles);
    const conversation = { platform: 'playground', channel: 'room' };
    await platform?.send(conversation, post(batch), {
      key: `bench-${batch}`,
      repeat: false,
      workspace: 'room',
      limits,
      pause: () => undefined,
      saveHandle: async () => undefined,
    });
    posted += 1;
    if (posted === load.batches) done.resolve();
  }

  const queue = await backend.openQueue('bench-limit');
  const worker = await backend.openWorker('bench-limit', ({ data }) => makeImage(...(data as [string, number])), {
    concurrency: load.concurrency,
    removeOnComplete: { count: 0 },
  });
  worker.on('failed', (_, error) => done.reject(error));
  await worker.waitUntilReady();
  const startedAt = performance.now();
  for (let index = 0; index < load.batches; index += 1) {
    const batch = `${run}-${index}`;
    await sql`insert into bench_batches values (${batch}, ${load.imagesEach})`;
    await queue.addBulk(
      Array.from({ length: load.imagesEach }, (_, number) => ({
        name: 'make',
        data: [batch, number],
        opts: { removeOnComplete: true },
      })),
    );
  }
  await done.promise;
  const ms = performance.now() - startedAt;
  await worker.close();
  await queue.close();
  await sql.end();
  return ms;
}

let seed = 0;
/** Goes into the picture's metadata, so that no file is there already. */
const newSeed = () => (seed += 1);

function post(batch: string) {
  return {
    locale: 'en',
    timeZone: 'UTC',
    audience: 'channel' as const,
    tone: 'success' as const,
    lines: [{ verbatim: batch }],
    fields: [],
    images: [],
    imagesAs: 'pictures' as const,
    actions: [],
  };
}
