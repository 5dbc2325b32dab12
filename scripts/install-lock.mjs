import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BootstrapError } from './bootstrap-error.mjs';

const pollMs = 200;
const waitMs = 10 * 60_000;

/**
 * Runs `work` while no other process does; waits up to ten minutes for one that does. A lock whose holders are all gone
 * counts for nothing. `work` gets `addHolder(pid)`: an npm that outlives a killed parent goes on writing, so it holds on.
 * @param {string} path
 * @param {(addHolder: (pid: number) => void) => Promise<void>} work
 */
export async function withInstallLock(path, work) {
  const holders = [identifyProcess(process.pid)];
  await acquire(path, holders);
  try {
    await work((pid) => {
      holders.push(identifyProcess(pid));
      replaceFile(path, JSON.stringify(holders));
    });
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire(path, holders) {
  const deadlineMs = Date.now() + waitMs;
  let told = false;
  while (!createFile(path, JSON.stringify(holders))) {
    const found = readFileIfPresent(path);
    if (found === undefined) continue;
    const living = parseHolders(found).filter((holder) => isAlive(holder));
    if (living.length === 0) {
      breakLock(path, found);
      continue;
    }
    if (Date.now() > deadlineMs) {
      throw new BootstrapError(`Process ${living[0].pid} has been installing for too long: end it, then try again.`);
    }
    if (!told) console.error(`Waiting for process ${living[0].pid}, which is installing …`);
    told = true;
    await sleep(pollMs);
  }
}

/** Appears with its content or not at all, so nobody takes a lock that is being written for an abandoned one. */
function createFile(path, content) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replaceFile(path, content) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content);
  renameSync(draft, path);
}

/** Of two that find the same dead lock, the slower must not remove the lock that the faster has made since. */
function breakLock(path, abandoned) {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== abandoned) linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function parseHolders(content) {
  try {
    return JSON.parse(content);
  } catch {
    return [];
  }
}

/**
 * A pid comes back for another process; with its start time, which Linux tells, it does not.
 * @param {number} pid
 * @returns {{ pid: number, startedAt?: string }}
 */
export function identifyProcess(pid) {
  const stat = readFileIfPresent(`/proc/${pid}/stat`);
  // The name, in brackets, may hold spaces; after it come the state, which is Z for one that has ended, and so on.
  const [state, ...rest] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === undefined || state === 'Z' ? { pid } : { pid, startedAt: rest[18] };
}

/** @param {{ pid: number, startedAt?: string }} holder */
export function isAlive({ pid, startedAt }) {
  if (startedAt !== undefined) return identifyProcess(pid).startedAt === startedAt;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readFileIfPresent(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}
