import { readdir, readFile } from 'node:fs/promises';

interface ProcessFacts {
  pid: number;
  parentPid: number;
  command: string;
  residentMb: number;
}

/** Resident memory of the program below `pid`, and of its own children summed (what they share counts in each). Linux only. */
export async function measureMemory(pid: number): Promise<{ nodeMb: number; childrenMb: number }> {
  const all = await listProcesses();
  const below = (root: number): ProcessFacts[] =>
    all.filter(({ parentPid }) => parentPid === root).flatMap((child) => [child, ...below(child.pid)]);
  const app = [...all.filter((facts) => facts.pid === pid), ...below(pid)].find(({ command }) =>
    /\bnode\0.*src\/main\.ts/s.test(command),
  );
  if (!app) throw new Error('no process runs src/main.ts');
  return {
    nodeMb: Math.round(app.residentMb),
    childrenMb: Math.round(below(app.pid).reduce((sum, { residentMb }) => sum + residentMb, 0)),
  };
}

async function listProcesses(): Promise<ProcessFacts[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
      const status = await read('status');
      const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      return {
        pid: Number(pid),
        parentPid: number('PPid'),
        command: await read('cmdline'),
        residentMb: number('VmRSS') / 1024,
      };
    }),
  );
  return found;
}
