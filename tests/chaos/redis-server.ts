import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '#tests/find-free-port.ts';

/** Redis on a folder and port of its own, which survive its death; undefined where it is not installed. */
export async function startRedisServer(folder: string) {
  const port = await findFreePort();
  const bind = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  const memory = ['--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];
  let server: ChildProcess | undefined;
  let stopped = false;

  async function start(): Promise<boolean> {
    await mkdir(folder, { recursive: true });
    const child = spawn('redis-server', [...bind, ...memory], { stdio: ['ignore', 'pipe', 'ignore'] });
    server = child;
    const ready = Promise.withResolvers<boolean>();
    child.on('error', () => ready.resolve(false));
    child.on('exit', () => ready.resolve(false));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) ready.resolve(true);
    });
    return ready.promise;
  }

  async function end(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  if (!(await start())) return undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart(options: { keepsMemory: boolean; downMs: number }): Promise<void> {
      await end();
      if (!options.keepsMemory) await rm(folder, { recursive: true, force: true });
      await sleep(options.downMs);
      if (!stopped && !(await start())) throw new Error('Redis does not start again');
    },
    async stop(): Promise<void> {
      stopped = true;
      await end();
    },
  };
}

export type RedisServer = NonNullable<Awaited<ReturnType<typeof startRedisServer>>>;
