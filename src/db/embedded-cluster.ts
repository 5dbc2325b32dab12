import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, lchown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { PostgresBinaries, PostgresProcess, PostgresRunner } from './embedded-runner.ts';
import { StartupError } from './startup-error.ts';

const majorVersion = '18';
const passwordFile = 'easel.password';
const unfinishedPrefix = 'postgres.new-';

/** The superuser of the cluster and its only database carry one name. */
export const clusterName = 'easel';

/** Owner of an existing cluster folder; undefined when there is none yet. */
export async function findClusterUid(clusterDir: string): Promise<number | undefined> {
  // A folder that cannot be looked at is told of by the first step that needs it.
  return (await stat(clusterDir).catch(() => undefined))?.uid;
}

/**
 * Makes sure that a cluster is in `<dataDir>/postgres`, owned by whom the runner needs, and returns its password.
 * Call it under the cluster lock. Throws StartupError when the folder cannot be used.
 */
export async function prepareCluster(options: {
  dataDir: string;
  binaries: PostgresBinaries;
  runner: PostgresRunner;
  lockFd: number | undefined;
}): Promise<string> {
  const { dataDir, runner } = options;
  const clusterDir = join(dataDir, 'postgres');
  const clusterUid = await findClusterUid(clusterDir);
  requireOwnCluster(clusterDir, clusterUid);
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(unfinishedPrefix)) await rm(join(dataDir, name), { recursive: true, force: true });
  }
  const version = await readIfPresent(join(clusterDir, 'PG_VERSION'));
  if (version === undefined) await createCluster(options, clusterDir);
  else if (version.trim() !== majorVersion) {
    throw new StartupError(
      `The data in ${clusterDir} is of PostgreSQL ${version.trim()}, this Easel brings ${majorVersion}: upgrade it with pg_upgrade, or set DATABASE_URL.`,
    );
  } else if (runner.owner && clusterUid !== runner.owner.uid) await ownTree(clusterDir, runner.owner);
  // A copied folder often comes back open to others, and postgres refuses it then.
  await chmod(clusterDir, 0o700);
  const password = await readIfPresent(join(clusterDir, passwordFile));
  if (password === undefined) {
    throw new StartupError(`${join(clusterDir, passwordFile)} is missing: restore it from a backup of the folder.`);
  }
  return password;
}

/** Root may give the cluster to whom it needs; anybody else must be its owner. */
function requireOwnCluster(clusterDir: string, clusterUid: number | undefined): void {
  const euid = process.geteuid?.();
  if (!euid || clusterUid === undefined || clusterUid === euid) return;
  throw new StartupError(
    `${clusterDir} belongs to the user with id ${clusterUid}: start Easel as that user, or give it to id ${euid} with chown -R.`,
  );
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}

/** Everything happens in a folder that gets its name last, so a killed attempt leaves no half cluster behind. */
async function createCluster(options: Parameters<typeof prepareCluster>[0], clusterDir: string): Promise<void> {
  const { dataDir, binaries, runner, lockFd } = options;
  const workDir = await mkdtemp(join(dataDir, unfinishedPrefix));
  const newDir = join(workDir, 'data');
  const password = randomBytes(24).toString('base64url');
  await writeFile(join(workDir, passwordFile), password, { mode: 0o600 });
  await mkdir(newDir, { mode: 0o700 });
  await ownTree(workDir, runner.owner);
  // The builtin provider sorts by code point and folds the case of all Unicode, and unlike libc's and ICU's its order
  // cannot change with a library of the machine, so no index breaks when the folder moves. The reader's order is Intl's.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${clusterName}`, '--auth=scram-sha-256', `--pwfile=${join(workDir, passwordFile)}`];
  await finish(
    runner.spawn(binaries.initdb, ['-D', newDir, ...access, ...locale], { deathSignal: 'KILL', lockFd }),
    clusterDir,
  );
  // Single-user mode, so that the database is there as soon as the folder is.
  await finish(
    runner.spawn(binaries.postgres, ['--single', '-D', newDir, 'postgres'], { deathSignal: 'KILL', lockFd }),
    clusterDir,
    `create database ${clusterName}\n`,
  );
  await rename(join(workDir, passwordFile), join(newDir, passwordFile));
  await syncPath(join(newDir, passwordFile));
  await syncPath(newDir);
  await rename(newDir, clusterDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    throw new StartupError(`${clusterDir} holds files but no database: move them away, or set another DATA_DIR.`);
  });
  await syncPath(dataDir);
  await rm(workDir, { recursive: true, force: true });
}

async function finish(child: PostgresProcess, clusterDir: string, input = ''): Promise<void> {
  // A program that dies before it reads must be told by its exit, not by EPIPE.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [[code, signal], stderr] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  if (code === 0 && !/^\S* ?(ERROR|FATAL|PANIC):/m.test(stderr)) return;
  const lastLine = stderr.trim().split('\n').at(-1);
  const reason = /(?:error|ERROR|FATAL|PANIC): +(.*)/.exec(stderr)?.[1] ?? (lastLine || `ended with ${code ?? signal}`);
  throw new StartupError(
    `PostgreSQL could not be set up in ${clusterDir} (${reason}): mend that, or set DATABASE_URL.`,
  );
}

/** The folder itself comes last: whoever is interrupted finds the old owner on it and does all again. */
async function ownTree(dir: string, owner: PostgresRunner['owner']): Promise<void> {
  if (!owner) return;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), owner.uid, owner.gid);
  }
  await lchown(dir, owner.uid, owner.gid);
}

async function syncPath(path: string): Promise<void> {
  // Windows cannot open a folder to flush it.
  if (process.platform === 'win32') return;
  await using file = await open(path, 'r');
  await file.sync();
}
