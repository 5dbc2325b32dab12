import process from 'node:process';
import { parseArgs } from 'node:util';
import { runChaos } from '#tests/chaos/chaos.ts';
import { scales } from '#tests/chaos/scales.ts';

const violationsShown = 200;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    queue: { type: 'string', default: 'redis' },
    short: { type: 'boolean', default: false },
    logs: { type: 'string' },
  },
});
const { queue } = values;
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if ((queue !== 'redis' && queue !== 'postgres') || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run chaos -- [--seed <number>] [--queue redis|postgres] [--short] [--logs <folder>]');
  process.exit(2);
}

const startedAt = performance.now();
const size = values.short ? 'short' : 'full';
const about = { chaos: size, queue, seed };
const seconds = () => Math.round((performance.now() - startedAt) / 1000);
const tell = (line: object) => console.log(JSON.stringify({ ...line, seconds: seconds() }));
tell({ ...about, step: 'begun' });
try {
  const result = await runChaos({ seed, queue, scale: scales[size], tell, logDir: values.logs });
  const { violations, ...figures } = result;
  for (const violation of violations.slice(0, violationsShown)) tell({ violation });
  tell({ ...about, step: 'ended', ...figures, violations: violations.length });
  console.log(
    violations.length === 0
      ? `chaos: ${result.batches} batches, all invariants hold`
      : `chaos: FAILED with ${violations.length} violations`,
  );
  process.exitCode = violations.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error);
  console.log('chaos: FAILED before it came to an end');
  process.exitCode = 1;
}
