import process from 'node:process';
import { sql as statement } from 'drizzle-orm';
import postgres from 'postgres';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { estimateBatch } from '#core/batches/estimate-batch.ts';
import type { ImageProvider } from '#core/ports/images.ts';
import { acrossWorkspaces, createDatabaseClient, inWorkspace } from '#db/client.ts';
import { migrateDatabase } from '#db/migrate.ts';
import { images } from '#db/schema/index.ts';
import { createJobQueue } from '#jobs/queue.ts';
import { openPostgresBackend, openRedisBackend } from '#jobs/queue-backend.ts';
import type { Logger } from '#src/logger.ts';
import { fakeModel } from '#tests/fakes/provider.ts';
import { fillBacklog } from './backlog-rows.ts';
import { percentile, time } from './figures.ts';
import { redisBytes, schemaBytes } from './queue-bytes.ts';

const inFlight = 16;
/** What a dispatch of one image sends between `begin` and `commit`: lock, clock, count, pick, clock. */
const statements = 5;
/** Batches whose place in line is asked for, in turn. */
const lookedAt = 200;

const provider: ImageProvider = {
  id: 'bench',
  models: [{ ...fakeModel, id: 'bench', credits: 1 }],
  concurrency: inFlight,
  placeholder: false,
  generate: () => Promise.reject(new Error('nothing is made here')),
};

export type Line = Awaited<ReturnType<typeof openLine>>;

/** A database with so many images waiting, and a queue that nobody works on. */
export async function openLine(clusterUrl: string, size: number, log: Logger) {
  const stack = new AsyncDisposableStack();
  const url = new URL(clusterUrl);
  url.pathname = `/backlog-${size}`;
  const admin = postgres(clusterUrl, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create database "backlog-${size}"`);
  await admin.end();
  await migrateDatabase(url.href);
  const sql = postgres(url.href, { max: 1, onnotice: () => undefined });
  stack.defer(() => sql.end());
  const backlog = await fillBacklog(sql, provider.id, size);
  const { REDIS_URL } = process.env;
  const backend = REDIS_URL
    ? await openRedisBackend(REDIS_URL, url.href, log)
    : await openPostgresBackend(url.href, 0, log);
  stack.defer(() => backend.close());
  const queue = await createJobQueue(backend, [provider.id], log);
  stack.defer(() => queue.close());
  const client = createDatabaseClient(url.href);
  stack.defer(() => client.close());

  const times = { dispatch: [] as number[], bare: [] as number[], place: [] as number[] };
  let queueMs = 0;
  const enqueue: typeof queue.enqueue = async (jobs) => {
    queueMs += await time(() => queue.enqueue(jobs));
  };
  const deps = { db: client.db, providers: [provider], queue: { ...queue, enqueue } };
  await dispatchNext(deps, provider.id);
  const waiting = await sql<{ id: string; workspaceId: string }[]>`
    select id, workspace_id as "workspaceId" from batches order by md5(id) limit ${lookedAt}`;
  let looked = 0;

  return {
    /** The oldest in flight is done, and the next goes out; beside it a transaction that does nothing. */
    async step() {
      await sql`update images set state = 'succeeded', finished_at = now() where id = (
        select id from images where provider_id = ${provider.id} and state = 'dispatched' order by dispatched_at, id limit 1)`;
      queueMs = 0;
      const ms = await time(() => dispatchNext(deps, provider.id));
      times.dispatch.push(ms - queueMs);
      times.bare.push(await time(() => bareTransaction(deps)));
    },
    /** Says how many come before a batch somewhere in line. */
    async look() {
      const batch = waiting[looked % waiting.length];
      looked += 1;
      if (!batch) return;
      await inWorkspace(client.db, batch.workspaceId, async (tx) => {
        const rows = await tx.select().from(images).where(statement`batch_id = ${batch.id}`).orderBy(images.number);
        times.place.push(await time(() => estimateBatch(tx, deps, rows)));
      });
    },
    forget() {
      times.dispatch.length = 0;
      times.bare.length = 0;
    },
    async figures() {
      return {
        ...backlog,
        dispatchMs: spread(times.dispatch),
        placeMs: spread(times.place),
        queueBytes: REDIS_URL ? await redisBytes(REDIS_URL, url) : await schemaBytes(sql),
        limit: { statements, bareMs: spread(times.bare) },
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function bareTransaction({ db }: Pick<Parameters<typeof dispatchNext>[0], 'db'>): Promise<void> {
  return acrossWorkspaces(db, async (tx) => {
    for (let sent = 0; sent < statements; sent += 1) await tx.execute(statement`select 1`);
  });
}

const spread = (values: readonly number[]) => {
  const at = (share: number) => Number(percentile(values, share).toFixed(2));
  return { p50: at(0.5), p99: at(0.99) };
};
