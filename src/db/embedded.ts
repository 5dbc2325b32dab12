import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { clusterName, findClusterUid, prepareCluster } from './embedded-cluster.ts';
import { lockCluster } from './embedded-lock.ts';
import { type EmbeddedLog, followServerLog, logLinePrefix } from './embedded-log.ts';
import {
  choosePostgresRunner,
  findPostgresBinaries,
  type PostgresProcess,
  type PostgresRunner,
} from './embedded-runner.ts';
import { StartupError } from './startup-error.ts';

/** A database server that belongs to this process. */
export type EmbeddedPostgres = {
  /** For postgres.js and pg alike: the superuser, on a port of 127.0.0.1 that changes with each start. */
  url: string;
  /** Ends all connections and waits for the server: a fast shutdown, after 5 s an immediate one. */
  stop(): Promise<void>;
};

const fastStopMs = 5_000;
const portAttemptsMax = 5;

/** For one small service on a machine it shares: little memory, few processes, no promise about data weakened. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  // Workers for reading ahead and for parallel plans cost memory, and /dev/shm is 64 MB in a container.
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  huge_pages: 'off',
  max_wal_size: '256MB',
  min_wal_size: '64MB',
  // An open transaction keeps dead rows of the hot tables alive, and each dispatch then reads past them.
  transaction_timeout: '5min',
  idle_in_transaction_session_timeout: '1min',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: logLinePrefix,
  log_checkpoints: 'off',
  // The text of a statement can hold what people wrote.
  log_min_error_statement: 'panic',
};

/**
 * Starts the PostgreSQL that npm brought, with its data in `<dataDir>/postgres`; resolves when it takes connections.
 * The server dies with this process, however that ends, and nobody else can start one on the folder meanwhile.
 * `onExit` hears of a server that stopped without `stop()`. Throws StartupError when the operator has to act.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: EmbeddedLog;
  onExit?: (message: string) => void;
}): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  try {
    return await startIn(dataDir, options.log, options.onExit);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!/^(EACCES|EPERM|EROFS|ENOSPC|EDQUOT|ENOTDIR|EEXIST|ENOENT)$/.test(code)) throw error;
    throw new StartupError(
      `DATA_DIR ${dataDir} cannot be written (${code}): make it a folder that this user may write to, or set DATA_DIR to another one.`,
      { cause: error },
    );
  }
}

async function startIn(
  dataDir: string,
  log: EmbeddedLog,
  onExit: ((message: string) => void) | undefined,
): Promise<EmbeddedPostgres> {
  const startedAtMs = performance.now();
  await createWritableDir(dataDir);
  const binaries = findPostgresBinaries();
  const lock = await lockCluster(dataDir);
  try {
    const clusterDir = join(dataDir, 'postgres');
    const runner = choosePostgresRunner(binaries.postgres, dataDir, await findClusterUid(clusterDir));
    const password = await prepareCluster({ dataDir, binaries, runner, lockFd: lock.clusterFd });
    if (lock.clusterFd !== undefined) {
      // The lock says that nobody runs here. After a crash in a container the old pid is soon another program's,
      // and postgres would take that for a server. (Shared memory still guards against one started by hand.)
      await rm(join(clusterDir, 'postmaster.pid'), { force: true });
    }
    const { child, port, lastWords } = await launch(runner, binaries.postgres, clusterDir, lock.clusterFd, log);
    let stopping: Promise<void> | undefined;
    // Not 'exit': the pipe closes when the last of the server's processes is gone.
    const closed = once(child, 'close').then(([code, signal]) => {
      lock.release();
      if (!stopping) onExit?.(`PostgreSQL stopped by itself (${code ?? signal}): ${lastWords()}`);
    });
    log.info({ way: runner.name, port, ms: Math.round(performance.now() - startedAtMs) }, 'PostgreSQL is ready');
    return {
      url: `postgres://${clusterName}:${password}@127.0.0.1:${port}/${clusterName}`,
      stop: () => {
        stopping ??= stopServer(child, closed);
        return stopping;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function createWritableDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const probe = join(dir, `.write-${process.pid}`);
  await (await open(probe, 'w', 0o600)).close();
  await rm(probe);
}

type Launched = { child: PostgresProcess; port: number; lastWords: () => string };

/** The port is free when we look and may be taken when postgres does, so this tries again with another. */
async function launch(
  runner: PostgresRunner,
  binary: string,
  clusterDir: string,
  lockFd: number | undefined,
  log: EmbeddedLog,
): Promise<Launched> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = runner.spawn(binary, ['-D', clusterDir, '-p', String(port), ...args], { deathSignal: 'INT', lockFd });
    child.stdin.end();
    let portTaken = false;
    const ready = Promise.withResolvers<boolean>();
    const lastWords = followServerLog(child.stderr, log, (line) => {
      if (line.includes('could not bind')) portTaken = true;
      if (line.includes('database system is ready to accept connections')) ready.resolve(true);
    });
    child.once('error', ready.reject);
    // Not 'exit': the last words may still be in the pipe then.
    child.once('close', () => ready.resolve(false));
    if (await ready.promise) return { child, port, lastWords };
    if (portTaken && attempt < portAttemptsMax) continue;
    if (lastWords().includes('postmaster.pid')) {
      const [pid] = (await readFile(join(clusterDir, 'postmaster.pid'), 'utf8')).split('\n');
      throw new StartupError(
        `A PostgreSQL from before (process ${pid}) still uses ${clusterDir}: end it, then start again.`,
      );
    }
    throw new StartupError(
      `PostgreSQL does not start in ${clusterDir} (${lastWords()}): mend that, or set DATABASE_URL.`,
    );
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

async function stopServer(child: PostgresProcess, closed: Promise<void>): Promise<void> {
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGQUIT'), fastStopMs);
  await closed;
  clearTimeout(timer);
}
