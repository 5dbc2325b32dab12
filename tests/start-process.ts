import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface LogLine {
  [name: string]: unknown;
  msg: string;
  level: number;
}

export interface EaselProcess {
  child: ChildProcess;
  /** Lines of standard output, as they were. */
  stdout: readonly string[];
  stderr: readonly string[];
  /** Resolves to the first line, past or coming, that fits; rejects when the process ends without it. */
  waitForLog(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** The address of the server, as soon as it is ready. */
  ready(): Promise<string>;
  /** Resolves when the process and its output have ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** How Easel is started: `main` runs the program itself, `bootstrap` what npm start runs, `npm` npm start. */
export type StartWay = 'main' | 'bootstrap' | 'npm';

/** Starts the real thing, of this version unless `folder` holds another, with this environment and no other but PATH and HOME. */
export function startProcess(way: StartWay, env: Readonly<Record<string, string>>, folder = root): EaselProcess {
  const commands: Record<StartWay, [string, string[]]> = {
    main: [process.execPath, ['src/main.ts']],
    bootstrap: [process.execPath, ['scripts/bootstrap.mjs', 'start']],
    npm: ['npm', ['start', '--silent']],
  };
  const [command, args] = commands[way];
  const { PATH, HOME } = process.env;
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...(PATH ? { PATH } : {}), ...(HOME ? { HOME } : {}), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  const watchers = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout.push(line);
    for (const look of watchers) look();
  });
  createInterface({ input: child.stderr }).on('line', (line) => stderr.push(line));
  const ended = once(child, 'close').then(([code, signal]) => {
    for (const look of watchers) look();
    return { code, signal };
  });

  function waitForLog(fits: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = parseLog(stdout).find(fits);
        const isOver = child.exitCode !== null || child.signalCode !== null;
        if (!found && !isOver) return;
        watchers.delete(look);
        if (found) resolve(found);
        else reject(new Error(`ended without that line:\n${[...stdout, ...stderr].join('\n')}`));
      };
      watchers.add(look);
      look();
    });
  }

  const ready = async () => String((await waitForLog(({ msg }) => msg === 'ready')).url);
  return { child, stdout, stderr, waitForLog, ready, ended };
}

/** @throws when a line is no JSON. */
export function parseLog(lines: readonly string[]): LogLine[] {
  return lines.map((line) => JSON.parse(line));
}

/** Processes whose command line names the folder: a database left behind. Linux only. */
export async function findProcessesOn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => lines[index]?.includes(folder)).map(Number);
}
