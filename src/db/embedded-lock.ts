import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { StartupError } from './startup-error.ts';

/** Held while this process owns the cluster. `clusterFd` is for PostgreSQL to inherit, so that it holds on as well. */
export type ClusterLock = { clusterFd: number | undefined; release(): void };

/** An immediate shutdown takes postgres at most 5 s before it kills its own children; a fast one is given three times that. */
const oldServerWaitS = 15;

/**
 * Makes this process the only owner of the cluster in `dataDir`; throws StartupError when another one lives.
 * The kernel holds both locks and drops them with their holders: `owner` tells a living owner, which is refused at once,
 * from a dead one whose PostgreSQL, which inherited `cluster`, is still stopping, which is waited for.
 */
export async function lockCluster(dataDir: string): Promise<ClusterLock> {
  const fds: number[] = [];
  const releaseAll = () => {
    for (const fd of fds.splice(0)) closeSync(fd);
  };
  try {
    const ownerFd = openLock(fds, join(dataDir, 'postgres.owner.lock'));
    // Not zero: the flock program of an owner that was just killed may hold on for a moment.
    const owner = await flock(ownerFd, 0.5);
    if (owner === 'held') throw refuseSecondOwner(dataDir);
    if (owner === 'unavailable') {
      releaseAll();
      return lockByPid(dataDir);
    }
    const clusterFd = openLock(fds, join(dataDir, 'postgres.cluster.lock'));
    if ((await flock(clusterFd, oldServerWaitS)) !== 'locked') {
      throw new StartupError(
        `The PostgreSQL of an earlier run is still stopping in ${dataDir}: wait for it or end it, then start again.`,
      );
    }
    return { clusterFd, release: releaseAll };
  } catch (error) {
    releaseAll();
    throw error;
  }
}

function openLock(fds: number[], path: string): number {
  const fd = openSync(path, 'a', 0o600);
  fds.push(fd);
  return fd;
}

/** Node has no flock; a lock belongs to the open file, so a child that inherits it can take it for us and leave. */
function flock(fd: number, waitS: number): Promise<'locked' | 'held' | 'unavailable'> {
  return new Promise((resolve) => {
    const child = spawn('flock', ['-w', String(waitS), '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    child.on('error', () => resolve('unavailable'));
    child.on('exit', (code) => resolve(code === 0 ? 'locked' : code === 1 ? 'held' : 'unavailable'));
  });
}

/** Where flock is missing (macOS, Windows): a file with our pid; postgres itself refuses a cluster that still runs. */
function lockByPid(dataDir: string): ClusterLock {
  const path = join(dataDir, 'postgres.owner.pid');
  const content = String(process.pid);
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (isAlive(Number(readFileSync(path, 'utf8')))) throw refuseSecondOwner(dataDir);
    writeFileSync(path, content);
  }
  return { clusterFd: undefined, release: () => rmSync(path, { force: true }) };
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function refuseSecondOwner(dataDir: string): StartupError {
  return new StartupError(
    `Another Easel keeps its database in ${dataDir}: stop it, set DATABASE_URL so that both share one PostgreSQL, or give this one another DATA_DIR.`,
  );
}
