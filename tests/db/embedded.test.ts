import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { lockCluster } from '#db/embedded-lock.ts';
import { isServerProblem, parseServerLine } from '#db/embedded-log.ts';
import { StartupError } from '#db/startup-error.ts';

const isRoot = process.geteuid?.() === 0;
const secondOwner = /^Another Easel keeps its database in \S+: stop it, set DATABASE_URL .*, or .* another DATA_DIR\.$/;
const embeddedUrl = new URL('../../src/db/embedded.ts', import.meta.url).href;
/** A process of its own that owns the database, so that a test can kill it; prints the URL, or why there is none. */
const ownerScript = `
  import { startEmbeddedPostgres } from ${JSON.stringify(embeddedUrl)};
  const log = { info() {}, warn() {}, error() {} };
  try {
    console.log((await startEmbeddedPostgres({ dataDir: process.argv[1], log })).url);
    await new Promise((resolve) => process.stdin.once('end', resolve).resume());
  } catch (error) {
    console.log(error.code + ' ' + error.message);
  }
  process.exit();
`;

let root: string;
const owners: ChildProcess[] = [];
const ways: unknown[] = [];
const warnings: string[] = [];
const log = {
  info: (fields: object) => void ways.push('way' in fields ? fields.way : undefined),
  warn: (_: object, message: string) => void warnings.push(message),
  error: (_: object, message: string) => void warnings.push(message),
};

function startOwner(dataDir: string, prefix: string[] = []) {
  const [command = '', ...args] = [...prefix, process.execPath, '--input-type=module', '-e', ownerScript, dataDir];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  owners.push(child);
  const firstLine = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line));
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { firstLine, kill };
}

async function readServerPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function findUnfinished(dataDir: string): Promise<string[]> {
  return (await readdir(dataDir)).filter((name) => name.startsWith('postgres.new-'));
}

/** Empty for a process that is gone, also when nobody has taken its exit code yet. */
async function findCommandLine(pid: number): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'easel-embedded-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const owner of owners.splice(0)) owner.kill('SIGKILL');
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

describe('startEmbeddedPostgres', () => {
  it('answers postgres.js and pg alike, durably and in UTF-8', async () => {
    const dataDir = join(root, 'new', 'main');
    const server = await startEmbeddedPostgres({ dataDir, log });
    const facts = `select current_setting('fsync') as fsync, current_setting('server_encoding') as encoding,
      split_part(version(), '.', 1) as version, current_database() as name, upper('é') as upper`;
    const expected = { fsync: 'on', encoding: 'UTF8', version: 'PostgreSQL 18', name: 'easel', upper: 'É' };
    expect(await query(server.url, facts)).toEqual([expected]);
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    expect((await client.query(facts)).rows).toEqual([expected]);
    await client.end();
    await server.stop();
    await expect(query(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    expect(await findUnfinished(dataDir)).toEqual([]);
    expect((await stat(join(dataDir, 'postgres', 'easel.password'))).mode & 0o777).toBe(0o600);
  });

  it('lets nobody in without the password', async () => {
    const server = await startEmbeddedPostgres({ dataDir: join(root, 'new', 'main'), log });
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(query(url.href, 'select 1')).rejects.toThrow('password authentication failed');
    await server.stop();
    expect(warnings.join()).toContain('password authentication failed');
  });

  it('keeps committed rows, leaves no orphan and starts again at once when its owner is killed', async () => {
    const dataDir = join(root, 'new', 'main');
    const owner = startOwner(dataDir);
    const url = await owner.firstLine;
    await query(url, 'create table kept (n int); insert into kept select generate_series(1, 1000)');
    const oldPid = await readServerPid(dataDir);
    expect(await findCommandLine(oldPid)).toContain(dataDir);
    await owner.kill();
    const server = await startEmbeddedPostgres({ dataDir, log });
    expect(await findCommandLine(oldPid)).toBe('');
    expect(await query(server.url, 'select count(*)::int as n from kept')).toEqual([{ n: 1000 }]);
    await server.stop();
  });

  it('refuses a second owner of the folder in one sentence and leaves the first alone', async () => {
    const dataDir = join(root, 'new', 'main');
    const server = await startEmbeddedPostgres({ dataDir, log });
    const second = startEmbeddedPostgres({ dataDir, log });
    await expect(second).rejects.toThrow(StartupError);
    await expect(second).rejects.toThrow(secondOwner);
    expect((await startOwner(dataDir).firstLine).replace(/^startup /, '')).toMatch(secondOwner);
    expect(await query(server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    await server.stop();
  });

  it('leaves no server behind when its owner is killed in the middle of a start', async () => {
    const dataDir = join(root, 'new', 'main');
    const owner = startOwner(dataDir);
    await vi.waitFor(() => expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(true), {
      timeout: 20_000,
      interval: 1,
    });
    await owner.kill();
    const server = await startEmbeddedPostgres({ dataDir, log });
    expect(await query(server.url, 'select count(*)::int as n from kept')).toEqual([{ n: 1000 }]);
    await server.stop();
  });

  it('sets up anew what a killed first start left half done', async () => {
    const dataDir = join(root, 'half');
    const owner = startOwner(dataDir);
    await vi.waitFor(
      async () => {
        const [unfinished = ''] = await findUnfinished(dataDir);
        expect(existsSync(join(dataDir, unfinished, 'data', 'PG_VERSION'))).toBe(true);
      },
      { timeout: 20_000, interval: 5 },
    );
    await owner.kill();
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
    const server = await startEmbeddedPostgres({ dataDir, log });
    expect(await query(server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    await server.stop();
    expect(await findUnfinished(dataDir)).toEqual([]);
  });

  it('starts when the pid of a crashed server now belongs to a living stranger', async () => {
    const dataDir = join(root, 'half');
    // Not our own pid: postgres trusts a file that names its parent.
    const stranger = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
    owners.push(stranger);
    await writeFile(
      join(dataDir, 'postgres', 'postmaster.pid'),
      `${stranger.pid}\n${dataDir}/postgres\n0\n1\n\n\n\n\n`,
    );
    const server = await startEmbeddedPostgres({ dataDir, log });
    expect(await readServerPid(dataDir)).not.toBe(stranger.pid);
    await server.stop();
  });

  it('tells its owner of a crash, but not of a stop', async () => {
    const dataDir = join(root, 'half');
    const exits: string[] = [];
    const onExit = (message: string) => void exits.push(message);
    const stopped = await startEmbeddedPostgres({ dataDir, log, onExit });
    await stopped.stop();
    const crashed = await startEmbeddedPostgres({ dataDir, log, onExit });
    process.kill(await readServerPid(dataDir), 'SIGKILL');
    await vi.waitFor(() => expect(exits).toHaveLength(1), { timeout: 20_000 });
    expect(exits[0]).toMatch(/^PostgreSQL stopped by itself \(SIGKILL\): /);
    await crashed.stop();
  });

  it.runIf(isRoot)('falls back to the user nobody, below closed folders too, and hands the data over', async () => {
    const shim = join(root, 'shim');
    await mkdir(shim);
    await writeFile(join(shim, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const dataDir = join(root, 'half');
    await chmod(root, 0o700);
    vi.stubEnv('PATH', `${shim}:${process.env.PATH}`);
    const owner = startOwner(dataDir);
    await query(await owner.firstLine, 'create table moved (n int); insert into moved values (7)');
    const pid = await readServerPid(dataDir);
    expect((await stat(`/proc/${pid}`)).uid).toBe(65534);
    await owner.kill();
    vi.unstubAllEnvs();
    const server = await startEmbeddedPostgres({ dataDir, log });
    expect(await findCommandLine(pid)).toBe('');
    expect(await query(server.url, 'select n from moved')).toEqual([{ n: 7 }]);
    await server.stop();
    expect(String(ways.at(-1))).toMatch(/^user 65534 with dac_(read_search|override)$/);
  });

  it('says what to do about a folder that it may not write to', async () => {
    const closed = join(root, 'closed');
    await mkdir(closed, { mode: 0o555 });
    // Root may write anywhere, so the owner becomes somebody who may only read.
    const reader = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const mayRead = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
    const line = await startOwner(join(closed, 'data'), isRoot ? [...reader, ...mayRead] : []).firstLine;
    expect(line).toMatch(/^startup DATA_DIR \S+closed\/data cannot be written \(EACCES\): make it .* set DATA_DIR/);
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(startEmbeddedPostgres({ dataDir: file, log })).rejects.toThrow(/cannot be written \(EEXIST\)/);
  });

  it('refuses the data of another major version instead of touching it', async () => {
    const dataDir = join(root, 'other');
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow(/is of PostgreSQL 17, this Easel brings 18/);
  });
});

describe('lockCluster without flock', () => {
  it('refuses a second owner, and takes over from one that is gone', async () => {
    const dataDir = join(root, 'nolock');
    await mkdir(dataDir);
    vi.stubEnv('PATH', '/nonexistent');
    const lock = await lockCluster(dataDir);
    await expect(lockCluster(dataDir)).rejects.toThrow(secondOwner);
    lock.release();
    // Linux gives out no pid above 2^22.
    await writeFile(join(dataDir, 'postgres.owner.pid'), '4194305');
    (await lockCluster(dataDir)).release();
    expect(existsSync(join(dataDir, 'postgres.owner.pid'))).toBe(false);
  });
});

describe('the log of the server', () => {
  it.each([
    ['53100 ERROR:  could not extend file: No space left on device', true],
    ['53300 FATAL:  sorry, too many clients already', true],
    ['XX001 PANIC:  invalid page', true],
    ['01000 WARNING:  there is no transaction in progress', true],
    ['23505 ERROR:  duplicate key value violates unique constraint', false],
    ['57P03 FATAL:  the database system is starting up', false],
    ['00000 LOG:  database system was interrupted', false],
  ])('%s: a problem for the operator is %s', (line, problem) => {
    const parsed = parseServerLine(line);
    expect(parsed && isServerProblem(parsed)).toBe(problem);
  });

  it('drops details and statements, which may hold what people wrote', () => {
    expect(parseServerLine('23505 DETAIL:  Key (email)=(a@b.c) already exists.')).toBeUndefined();
    expect(parseServerLine('\tinsert into people')).toBeUndefined();
  });
});
