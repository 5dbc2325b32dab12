import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { persist } from '#db/persist.ts';
import { openPostgresBackend } from '#jobs/queue-backend.ts';
import { createLogger } from '#src/logger.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';
import { listen } from '#tests/servers/listen.ts';

const log = createLogger('silent');
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What nothing caught meanwhile, which would end the process. */
async function uncaughtIn(work: () => Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error));
  try {
    await work();
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  }
  return uncaught;
}

it('a process outlives its connections to the queue, also those in use between two statements', async () => {
  const databaseUrl = await createTestDatabase();
  await using owner = closing(postgres(databaseUrl, { max: 1 }));
  const backend = await openPostgresBackend(databaseUrl, 1, log);
  const queue = await backend.openQueue('main');
  queue.on('error', () => undefined);
  const uncaught = await uncaughtIn(async () => {
    for (let round = 0; round < 40; round += 1) {
      const bulks = Array.from({ length: 6 }, () =>
        queue.addBulk(Array.from({ length: 8 }, () => ({ name: 'job', data: {} }))).catch(() => undefined),
      );
      await pause(round % 10);
      await endSessions(owner.sql);
      await Promise.all(bulks);
    }
    await expect.poll(() => queue.add('job', {}).then(() => 'added', String)).toBe('added');
  });
  expect(uncaught).toEqual([]);
  await queue.close();
  await backend.close();
});

it('a start that loses its connection to the queue connects again', async () => {
  const databaseUrl = await createTestDatabase();
  await using owner = closing(postgres(databaseUrl, { max: 1 }));
  const outcomes: string[] = [];
  const uncaught = await uncaughtIn(async () => {
    for (let round = 0; round < 25; round += 1) {
      const opened = persist(() => openPostgresBackend(databaseUrl, 1, log)).then(
        (backend) => backend.close().then(() => 'opened'),
        (error: Error) => error.message,
      );
      await pause(round);
      await endSessions(owner.sql);
      outcomes.push(await opened);
    }
  });
  expect(uncaught).toEqual([]);
  expect(new Set(outcomes)).toEqual(new Set(['opened']));
});

it.each(['ended by the server', 'cut without a word'])(
  'a queue and a worker whose first look at the database was %s are there all the same',
  async (how) => {
    const databaseUrl = await createTestDatabase();
    await using owner = closing(postgres(databaseUrl, { max: 1 }));
    await using wire = await openWire(databaseUrl);
    const uncaught = await uncaughtIn(async () => {
      for (let round = 0; round < 25; round += 1) {
        const backend = await openPostgresBackend(wire.databaseUrl, 1, log);
        const done: string[] = [];
        const opened = Promise.all([
          backend.openQueue('main'),
          backend.openWorker('main', async (job) => void done.push(job.name), {}),
        ]);
        const [[queue, worker]] = await Promise.all([
          opened,
          pause(round).then(() => (how === 'cut without a word' ? wire.cut() : endSessions(owner.sql))),
        ]);
        queue.on('error', () => undefined);
        worker.on('error', () => undefined);
        const added = () => queue.add('job', {}).then(() => 'added', String);
        await expect.poll(added).toBe('added');
        await expect.poll(() => done).toContain('job');
        await worker.close();
        await queue.close();
        await backend.close();
      }
    });
    expect(uncaught).toEqual([]);
  },
);

/** What stands between us and the database, and can be cut: the server has no time to say why. */
async function openWire(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    pipeline(near, far, near, () => undefined);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
  });
  const { host } = new URL(await listen(server));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    databaseUrl: Object.assign(new URL(databaseUrl), { host }).href,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function endSessions(owner: postgres.Sql): Promise<void> {
  await owner`
    select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`;
}

const closing = (sql: postgres.Sql) => ({ sql, [Symbol.asyncDispose]: () => sql.end() });
