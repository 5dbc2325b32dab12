import process from 'node:process';
import { parseArgs } from 'node:util';
import { runBroken } from '#tests/chaos/broken/run-broken.ts';
import { runChaos } from '#tests/chaos/chaos.ts';
import { scales } from '#tests/chaos/scales.ts';

const violationsShown = 200;
const brokenShown = 5;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    queue: { type: 'string', default: 'redis' },
    short: { type: 'boolean', default: false },
    logs: { type: 'string' },
    broken: { type: 'string' },
  },
});
const { queue } = values;
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if ((queue !== 'redis' && queue !== 'postgres') || !Number.isSafeInteger(seed)) {
  console.error(
    'usage: npm run chaos -- [--seed <number>] [--queue redis|postgres] [--short] [--logs <folder>] [--broken <name>]',
  );
  process.exit(2);
}

const startedAt = performance.now();
const size = values.short || values.broken !== undefined ? 'short' : 'full';
const about = { chaos: size, queue, seed } as const;
const seconds = () => Math.round((performance.now() - startedAt) / 1000);
const tell = (line: object) => console.log(JSON.stringify({ ...line, seconds: seconds() }));
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(new Error(name)));
tell({ ...about, step: 'begun' });
try {
  if (values.broken === undefined) await run();
  else await runBuild(values.broken);
} catch (error) {
  console.error(error);
  console.log('chaos: FAILED before it came to an end');
  // What was planned for later must not hold the end up.
  process.exit(1);
}

async function run(): Promise<void> {
  const scale = scales[size];
  const signal = AbortSignal.any([AbortSignal.timeout(scale.runMaxMs), interrupted.signal]);
  const result = await runChaos({ seed, queue: about.queue, scale, tell, logDir: values.logs, signal });
  const { violations, ...figures } = result;
  for (const violation of violations.slice(0, violationsShown)) tell({ violation });
  tell({ ...about, step: 'ended', ...figures, violations: violations.length });
  const isHeld = violations.length === 0;
  console.log(
    isHeld
      ? `chaos: ${result.batches} batches, all invariants hold`
      : `chaos: FAILED with ${violations.length} violations`,
  );
  process.exitCode = isHeld ? 0 : 1;
}

/** A build that is broken must not pass. */
async function runBuild(name: string): Promise<void> {
  const { isFound, found, closing } = await runBroken(
    name,
    ['--seed', String(seed), '--queue', about.queue],
    interrupted.signal,
  );
  const shown = found.slice(0, brokenShown);
  tell({ ...about, chaos: 'short', broken: name, violations: found.length, shown, closing });
  console.log(isFound ? `chaos: the broken build ${name} is found` : `chaos: FAILED to find the broken build ${name}`);
  process.exitCode = isFound ? 0 : 1;
}
