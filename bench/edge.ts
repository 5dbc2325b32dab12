import { findFreePort } from '#tests/find-free-port.ts';
import { withBareApp } from './bare-app.ts';
import { withDataDir, withEasel, withEaselEdge } from './easel.ts';
import { drive, figuresOf, p99Of, startPlatforms, type Timed } from './webhooks.ts';

type Platforms = Awaited<ReturnType<typeof startPlatforms>>;

const pace = { perSecond: 200, seconds: 30 };
const warmUp = { perSecond: 50, seconds: 3 };
const bare = { perSecond: 200, seconds: 10 };
const people = 60;
/** One in ten makes a picture; the others read, or cost nothing. */
const lines = [
  '/help',
  '/quota',
  '/status',
  '/help',
  '/imagine a red fox in snow',
  '/quota',
  '/status',
  '/help',
  '/quota',
  '/status',
];

/**
 * Webhook edge: 200 commands a second over Discord, Slack and Telegram, and how soon each is acknowledged; by a process
 * whose pictures are made elsewhere, then by one that draws them itself.
 */
export async function run(): Promise<object[]> {
  await using platforms = await startPlatforms(people);
  const alone = await timeWith(platforms, withEaselEdge);
  const drawing = await timeWith(platforms, withEasel);
  const bolt = await withBareApp('bare-bolt.ts', { SLACK_SIGNING_SECRET: platforms.slackSigningSecret }, (target) =>
    drive([platforms.overSlack(target)], lines, bare),
  );
  const grammy = await withBareApp('bare-grammy.ts', {}, (target) =>
    drive([platforms.overTelegram(target)], lines, bare),
  );
  const limit = { bareBolt: figuresOf(bolt), bareGrammy: figuresOf(grammy) };
  return [
    { bench: 'edge', drawing: false, ...pace, ...figuresOf(alone), p99MsOf: p99Of(alone), limit },
    { bench: 'edge', drawing: true, ...pace, ...figuresOf(drawing), p99MsOf: p99Of(drawing), limit },
  ];
}

async function timeWith(platforms: Platforms, withService: typeof withEasel): Promise<Timed[]> {
  const address = `http://127.0.0.1:${await findFreePort()}`;
  return withDataDir((dataDir) =>
    withService(
      dataDir,
      async (url) => {
        const ways = await platforms.waysTo(url);
        await drive(ways, lines, warmUp);
        return drive(ways, lines, pace);
      },
      platforms.envFor(address),
    ),
  );
}
