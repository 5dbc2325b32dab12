import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { findClusterUid } from '#db/embedded-cluster.ts';
import { choosePostgresRunner, findPostgresBinaries, type PostgresProcess } from '#db/embedded-runner.ts';
import { createLogger } from '#src/logger.ts';
import { findFreePort } from '#tests/find-free-port.ts';

const startMaxMs = 60_000;
const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=250', 'jit=off'];

/** PostgreSQL on a folder and port of its own, which survive its death. */
export async function startPostgresServer(dataDir: string) {
  const made = await startEmbeddedPostgres({ dataDir, log: createLogger('error') });
  await made.stop();
  const clusterDir = join(dataDir, 'postgres');
  const { postgres } = findPostgresBinaries();
  const runner = choosePostgresRunner(postgres, dataDir, await findClusterUid(clusterDir));
  const port = await findFreePort();
  const args = ['-D', clusterDir, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  let server: PostgresProcess | undefined;
  let stopped = false;

  async function launch(): Promise<boolean> {
    const child = runner.spawn(postgres, args, { deathSignal: 'KILL', lockFd: undefined });
    child.stdin.end();
    server = child;
    const lines = createInterface({ input: child.stderr });
    return Promise.race([
      new Promise<boolean>((resolve) => {
        lines.on('line', (line) => {
          if (line.includes('ready to accept connections')) resolve(true);
        });
      }),
      once(child, 'exit').then(() => false),
    ]);
  }

  /** The processes of a server that was killed hold its memory for a moment. */
  async function start(): Promise<void> {
    const deadline = Date.now() + startMaxMs;
    while (!stopped && !(await launch())) {
      if (Date.now() > deadline) throw new Error(`PostgreSQL does not start again in ${clusterDir}`);
      await sleep(200);
    }
  }

  async function end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  }

  await start();
  return {
    url: Object.assign(new URL(made.url), { port: String(port) }).href,
    async restart(how: 'SIGKILL' | 'SIGINT', downMs: number): Promise<void> {
      await end(how);
      await sleep(downMs);
      await start();
    },
    async stop(): Promise<void> {
      stopped = true;
      await end('SIGINT');
    },
  };
}

export type PostgresServer = Awaited<ReturnType<typeof startPostgresServer>>;
