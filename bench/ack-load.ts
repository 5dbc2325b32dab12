import { availableParallelism } from 'node:os';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { findFreePort } from '#tests/find-free-port.ts';
import { withBareApp } from './bare-app.ts';
import { withDataDir, withEaselEdge } from './easel.ts';
import { drive, figuresOf, missedOf, p99Of, startPlatforms } from './webhooks.ts';

const people = 10_000;
const pace = { perSecond: 300, seconds: 60 };
/** By people of their own: the code is warm then, and of those who are measured nobody is known. */
const warmUp = { perSecond: 100, seconds: 15 };
const bare = { perSecond: 300, seconds: 10 };
/** Discord takes no answer later. */
const answerMaxMs = 15 * 60_000;
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
      async (url, easel, databaseUrl) => {
        const ways = await platforms.waysTo(url);
        await drive(ways, lines, warmUp);
        const measured = await withCpu(() => drive(ways, lines, pace));
        const answered = await untilAnswered(databaseUrl);
        return { ...measured, answered, logged: easel.stdout.length };
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
      answered: loaded.answered,
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

/** What became of the commands that waited in line, the warm-up's among them, and how long after the last one was sent. */
async function untilAnswered(databaseUrl: string): Promise<object> {
  const sql = postgres(databaseUrl, { max: 1 });
  const startedAt = performance.now();
  const look = async () => {
    const [row] = await sql<{ waiting: number; waited: number; commands: number; answered: number }[]>`
      select (select count(*)::int from waiting_deliveries) as waiting,
        (select coalesce(last_value, 0)::int from pg_sequences where sequencename = 'waiting_deliveries_id_seq') as waited,
        count(*)::int as commands, count(answered_at)::int as answered from calls`;
    return row;
  };
  let seen = await look();
  while (seen && seen.waiting + seen.commands - seen.answered > 0 && performance.now() - startedAt < answerMaxMs) {
    await sleep(250);
    seen = await look();
  }
  await sql.end();
  const sent = pace.perSecond * pace.seconds + warmUp.perSecond * warmUp.seconds;
  return { sent, ...seen, lastAfterMs: Math.round(performance.now() - startedAt) };
}

/** How much of all cores this process took meanwhile, from 0 to 1: whoever sends, and the platforms' local servers. */
async function withCpu<T>(work: () => Promise<T>): Promise<{ result: T; cpuShare: number }> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const allMs = (performance.now() - startedAt) * availableParallelism();
  return { result, cpuShare: Number(((user + system) / 1000 / allMs).toFixed(2)) };
}
