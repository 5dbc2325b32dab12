import { cpus } from 'node:os';
import process from 'node:process';

/** In the order they run; each resolves to figures, among them the limit it is to be seen against. */
const benches: Readonly<Record<string, () => Promise<{ run(): Promise<object[]> }>>> = {
  sheet: () => import('./sheet.ts'),
  grammar: () => import('./grammar.ts'),
  start: () => import('./start.ts'),
  memory: () => import('./memory.ts'),
  ack: () => import('./ack.ts'),
  'slack-help': () => import('./slack-help.ts'),
  edge: () => import('./edge.ts'),
  pipeline: () => import('./pipeline.ts'),
  'ack-load': () => import('./ack-load.ts'),
  zip: () => import('./zip.ts'),
  soak: () => import('./soak.ts'),
  backlog: () => import('./backlog.ts'),
};

// What begins with a dash is for the bench itself.
const wanted = process.argv.slice(2).filter((name) => !name.startsWith('--'));
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. Choose from ${Object.keys(benches).join(', ')}.`);
  process.exitCode = 1;
} else {
  for (const [name, load] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const { run } = await load();
    const machine = { node: process.version, cpus: cpus().length };
    for (const figures of await run()) console.log(JSON.stringify({ ...figures, ...machine }));
  }
}
