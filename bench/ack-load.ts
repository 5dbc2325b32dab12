import { availableParallelism } from 'node:os';
import process from 'node:process';
import { findFreePort } from '#tests/find-free-port.ts';
import { withBareApp } from './bare-app.ts';
import { withDataDir, withEaselEdge } from './easel.ts';
import { drive, figuresOf, missedOf, p99Of, startPlatforms } from './webhooks.ts';

const people = 10_000;
const pace = { perSecond: 300, seconds: 60 };
/** By people of their own: the code is warm then, and of those who are measured nobody is known. */
const warmUp = { perSecond: 100, seconds: 15 };
const bare = { perSecond: 300, seconds: 10 };
/** Half make a picture, three in ten look at what runs, two in ten at what is left. */
const [imagine, status, quota] = ['/imagine a red fox in snow', '/status', '/quota'];
const lines = [imagine, status, imagine, quota, imagine, status, imagine, quota, imagine, status];

/**
 * Webhook edge under load: 10,000 different people, 300 commands a second over the three platforms, in a process that
 * takes commands in while no worker runs. Each person is new to Easel in the first half; most are known in the second.
 */
export async function run(): Promise<object[]> {
  await using platforms = await startPlatforms(people + warmUp.perSecond * warmUp.seconds);
  const address = `http://127.0.0.1:${await findFreePort()}`;
  const loaded = await withDataDir((dataDir) =>
    withEaselEdge(
      dataDir,
      async (url, easel) => {
        const ways = await platforms.waysTo(url);
        await drive(ways, lines, warmUp);
        const measured = await withCpu(() => drive(ways, lines, pace));
        return { ...measured, logged: easel.stdout.length };
      },
      platforms.envFor(address),
    ),
  );
  const bolt = await withBareApp('bare-bolt.ts', { SLACK_SIGNING_SECRET: platforms.slackSigningSecret }, (target) =>
    withCpu(() => drive([platforms.overSlack(target)], lines, bare)),
  );
  const grammy = await withBareApp('bare-grammy.ts', {}, (target) =>
    withCpu(() => drive([platforms.overTelegram(target)], lines, bare)),
  );
  const half = loaded.result.length / 2;
  return [
    {
      bench: 'ack-load',
      people,
      ...pace,
      ...figuresOf(loaded.result),
      missedOf: missedOf(loaded.result),
      // Warnings and worse, such as a command that was refused as too many came at once.
      logged: loaded.logged,
      p99MsOf: p99Of(loaded.result),
      firstHalf: figuresOf(loaded.result.slice(0, half)),
      secondHalf: figuresOf(loaded.result.slice(half)),
      generatorCpuShare: loaded.cpuShare,
      limit: {
        bareBolt: { ...figuresOf(bolt.result), generatorCpuShare: bolt.cpuShare },
        bareGrammy: { ...figuresOf(grammy.result), generatorCpuShare: grammy.cpuShare },
      },
    },
  ];
}

/** How much of all cores this process took meanwhile, from 0 to 1: whoever sends, and the platforms' local servers. */
async function withCpu<T>(work: () => Promise<T>): Promise<{ result: T; cpuShare: number }> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const allMs = (performance.now() - startedAt) * availableParallelism();
  return { result, cpuShare: Number(((user + system) / 1000 / allMs).toFixed(2)) };
}
