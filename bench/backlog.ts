import process from 'node:process';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { createLogger } from '#src/logger.ts';
import { type Line, openLine } from './backlog-line.ts';
import { withDataDir } from './easel.ts';

/** `npm run bench -- backlog --short` takes a tenth of each. */
const isShort = process.argv.includes('--short');
const sizes = [10_000, 100_000, 1_000_000].map((size) => (isShort ? size / 10 : size));
const warmUpSteps = 50;
const steps = 500;
const looks = 200;

/**
 * One image dispatched while ten thousand, a hundred thousand and a million wait, in three databases of one cluster and in
 * turn; the room that the queue takes afterwards; and how long it takes to say a batch's place in line.
 */
export async function run(): Promise<object[]> {
  return withDataDir(async (dataDir) => {
    await using stack = new AsyncDisposableStack();
    const log = createLogger('fatal');
    const cluster = await startEmbeddedPostgres({ dataDir, log });
    stack.defer(() => cluster.stop());
    const lines: Line[] = [];
    for (const size of sizes) lines.push(stack.use(await openLine(cluster.url, size, log)));
    for (let step = 0; step < warmUpSteps; step += 1) for (const line of lines) await line.step();
    for (const line of lines) line.forget();
    for (let step = 0; step < steps; step += 1) for (const line of lines) await line.step();
    for (let look = 0; look < looks; look += 1) for (const line of lines) await line.look();
    const figures = [];
    for (const line of lines) figures.push(await line.figures());
    const [smallest, largest] = [figures[0], figures.at(-1)];
    const ratio = (of: (one: NonNullable<typeof smallest>) => number) =>
      smallest && largest ? Number((of(largest) / of(smallest)).toFixed(2)) : Number.NaN;
    return [
      {
        bench: 'backlog',
        queue: process.env.REDIS_URL ? 'redis' : 'postgres',
        steps,
        looks,
        figures,
        largestToSmallest: {
          dispatchP50: ratio(({ dispatchMs }) => dispatchMs.p50),
          dispatchP99: ratio(({ dispatchMs }) => dispatchMs.p99),
          queueBytes: ratio(({ queueBytes }) => queueBytes),
          placeP50: ratio(({ placeMs }) => placeMs.p50),
        },
      },
    ];
  });
}
