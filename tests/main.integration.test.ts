import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#tests/create-test-database.ts';
import { isDoneCard, isGallery, playgroundClient } from '#tests/playground-client.ts';
import { startOpenAiServer } from '#tests/servers/openai.ts';
import { type EaselProcess, findProcessesOn, parseLog, type StartWay, startProcess } from '#tests/start-process.ts';

const secret = 'hidden-hidden-hidden';
let dataDir: string;
const started: EaselProcess[] = [];
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'easel-main-'));
});
afterEach(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.splice(0).map(({ ended }) => ended));
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
});

function start(env: Record<string, string> = {}, way: StartWay = 'main'): EaselProcess {
  const redis = process.env.REDIS_URL ? { REDIS_URL: process.env.REDIS_URL } : {};
  const easel = startProcess(way, { DATA_DIR: dataDir, PORT: '0', ...redis, ...env });
  started.push(easel);
  return easel;
}

/** A port of loopback that takes connections and says nothing. */
async function listenMutely(): Promise<number> {
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

/** A port of loopback that nobody listens on. */
async function findClosedPort(): Promise<number> {
  const port = await listenMutely();
  const server = servers.pop();
  server?.close();
  if (server) await once(server, 'close');
  return port;
}

/** Ended with 1 and this one line, no stack trace, nothing left behind. */
async function expectRefusal(easel: EaselProcess, line: RegExp): Promise<void> {
  expect(await easel.ended).toEqual({ code: 1, signal: null });
  expect(easel.stderr).toEqual([expect.stringMatching(line)]);
  expect(JSON.stringify([easel.stdout, easel.stderr])).not.toContain(secret);
  expect(easel.stdout.join()).not.toContain('"stack"');
  expect(await findProcessesOn(dataDir)).toEqual([]);
}

describe.each(['main', 'bootstrap'] as const)(
  'started through %s, it ends with one line that says what to do when',
  (way) => {
    it('PORT is taken', async () => {
      const port = await listenMutely();
      await expectRefusal(
        start({ PORT: String(port) }, way),
        new RegExp(`^Port ${port} is taken .* PORT=${port + 1}\\.$`),
      );
    });

    it('DATA_DIR is not a folder', async () => {
      const file = join(dataDir, 'file');
      await writeFile(file, '');
      await expectRefusal(
        start({ DATA_DIR: file }, way),
        /^DATA_DIR .* cannot be written .*set DATA_DIR to another one\.$/,
      );
    });

    it('another one already uses DATA_DIR', async () => {
      const first = start({}, way);
      await first.ready();
      const second = start({}, way);
      expect(await second.ended).toEqual({ code: 1, signal: null });
      expect(second.stderr).toEqual([
        expect.stringMatching(/^Another Easel keeps its database in .*another DATA_DIR\.$/),
      ]);
      first.child.kill('SIGTERM');
      expect(await first.ended).toEqual({ code: 0, signal: null });
      expect(await findProcessesOn(dataDir)).toEqual([]);
    });
  },
);

describe('it ends with one line that says what to do when', () => {
  it('the environment is wrong, every problem named', async () => {
    const easel = start({ PORT: 'abc', LOG_LEVEL: 'loud', PLAYGROUND: 'maybe' });
    expect(await easel.ended).toEqual({ code: 1, signal: null });
    expect(easel.stderr[0]).toBe('The environment is not right:');
    expect(easel.stderr.slice(1).map((line) => /\b[A-Z_]{4,}\b/.exec(line)?.[0])).toEqual([
      'PORT',
      'LOG_LEVEL',
      'PLAYGROUND',
    ]);
    expect(easel.stdout).toEqual([]);
  });

  it('nobody answers at DATABASE_URL', async () => {
    const url = `postgres://easel:${secret}@127.0.0.1:${await findClosedPort()}/easel`;
    await expectRefusal(
      start({ DATABASE_URL: url }),
      /^DATABASE_URL: no PostgreSQL answers at 127\.0\.0\.1:\d+ .*Start it, /,
    );
  });

  it('the database does not exist, or does not let the user in', async () => {
    const url = await createTestDatabase();
    await expectRefusal(
      start({ DATABASE_URL: Object.assign(new URL(url), { pathname: '/nowhere' }).href }),
      /^DATABASE_URL: there is no database nowhere at .*Create it, or correct the name\.$/,
    );
    await expectRefusal(
      start({ DATABASE_URL: Object.assign(new URL(url), { password: secret }).href }),
      /^DATABASE_URL: .* does not let the user easel in\. Correct the user name or the password\.$/,
    );
  });

  it('nobody answers at REDIS_URL', async () => {
    const url = `redis://:${secret}@127.0.0.1:${await findClosedPort()}`;
    const line =
      /^REDIS_URL: Redis at 127\.0\.0\.1:\d+ cannot be used .*Start it, or correct the address and password\.$/;
    await expectRefusal(start({ DATABASE_URL: await createTestDatabase(), REDIS_URL: url }), line);
  });

  it('what is at REDIS_URL takes the connection and never says a word', async () => {
    const url = `redis://127.0.0.1:${await listenMutely()}`;
    const easel = start({ DATABASE_URL: await createTestDatabase(), REDIS_URL: url });
    await expectRefusal(easel, /^REDIS_URL: Redis at 127\.0\.0\.1:\d+ cannot be used \(no answer\)\./);
  });
});

describe('SIGTERM while a batch runs', () => {
  it('ends it with 0, and the batch finishes after the next start, once', { timeout: 240_000 }, async () => {
    const databaseUrl = await createTestDatabase();
    const sql = postgres(databaseUrl, { max: 1 });
    const first = start({ DATABASE_URL: databaseUrl }, 'bootstrap');
    await playgroundClient(await first.ready(), 'ada').say('/imagine a red fox in snow --n 50 --draft off');
    first.child.kill('SIGTERM');
    expect(await first.ended).toEqual({ code: 0, signal: null });
    expect(first.stdout.at(-1)).toContain('"msg":"stopped"');
    const [left] = await sql`select unfinished from batches`;
    expect(left?.unfinished).toBeGreaterThan(0);

    const second = start({ DATABASE_URL: databaseUrl });
    const ada = playgroundClient(await second.ready(), 'ada');
    expect((await ada.waitFor(isDoneCard, 180_000)).progress).toEqual({ done: 50, total: 50 });
    await ada.waitFor(isGallery);
    const [sums] = await sql`
      select count(*) filter (where kind = 'reserve')::int as reserved, count(*) filter (where kind = 'settle')::int as settled,
        count(*)::int as entries from ledger`;
    expect(sums).toEqual({ reserved: 50, settled: 50, entries: 100 });
    second.child.kill('SIGTERM');
    expect(await second.ended).toEqual({ code: 0, signal: null });
    await sql.end();
  });
});

describe('the log', () => {
  it('is JSON lines with one request id from the command to its postings, and holds no secret, at debug as well', async () => {
    const server = await startOpenAiServer({ apiKey: secret, sideMax: 256 });
    const databaseUrl = await createTestDatabase();
    const password = decodeURIComponent(new URL(databaseUrl).password);
    server.fail({ kind: 'moderation' }, { times: 10, prompt: (prompt) => prompt === 'forbidden' });
    const easel = start({
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'debug',
      OPENAI_API_KEY: secret,
      OPENAI_BASE_URL: server.url,
      PLAYGROUND_PASSWORD: `${secret}-of-the-page`,
    });
    const url = await easel.ready();
    const authorization = `Basic ${Buffer.from(`x:${secret}-of-the-page`).toString('base64')}`;
    const response = await fetch(`${url}/playground/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ user: 'ada', text: '/imagine forbidden\na fox' }),
    });
    expect(response.status).toBe(202);
    const { requestId } = await easel.waitForLog(({ msg }) => msg === 'command answered');
    await easel.waitForLog(({ msg, kind }) => msg === 'posted' && kind === 'gallery');
    easel.child.kill('SIGTERM');
    expect((await easel.ended).code).toBe(0);
    await server.close();

    expect(requestId).toMatch(/^[\da-f-]{36}$/);
    const lines = parseLog(easel.stdout);
    const ofRequest = lines.filter((line) => line.requestId === requestId).map(({ msg }) => msg);
    expect(ofRequest).toEqual(expect.arrayContaining(['command answered', 'an image failed for good', 'posted']));
    expect(lines.filter(({ msg, requestId: id }) => msg === 'posted' && id !== requestId)).toEqual([]);
    const everything = [...easel.stdout, ...easel.stderr].join('\n');
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(password);
    expect(everything).not.toContain(authorization.slice('Basic '.length));
  });
});
