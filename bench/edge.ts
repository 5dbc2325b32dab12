import { findFreePort } from '#tests/find-free-port.ts';
import { withBareApp } from './bare-app.ts';
import { withDataDir, withEasel } from './easel.ts';
import { drive, figuresOf, p99Of, startPlatforms } from './webhooks.ts';

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

/** Webhook edge: 200 commands a second over Discord, Slack and Telegram, and how soon each is acknowledged. */
export async function run(): Promise<object[]> {
  await using platforms = await startPlatforms(people);
  const address = `http://127.0.0.1:${await findFreePort()}`;
  const timed = await withDataDir((dataDir) =>
    withEasel(
      dataDir,
      async (url) => {
        const ways = await platforms.waysTo(url);
        await drive(ways, lines, warmUp);
        return drive(ways, lines, pace);
      },
      platforms.envFor(address),
    ),
  );
  const bolt = await withBareApp('bare-bolt.ts', { SLACK_SIGNING_SECRET: platforms.slackSigningSecret }, (target) =>
    drive([platforms.overSlack(target)], lines, bare),
  );
  const grammy = await withBareApp('bare-grammy.ts', {}, (target) =>
    drive([platforms.overTelegram(target)], lines, bare),
  );
  return [
    {
      bench: 'edge',
      ...pace,
      ...figuresOf(timed),
      p99MsOf: p99Of(timed),
      limit: { bareBolt: figuresOf(bolt), bareGrammy: figuresOf(grammy) },
    },
  ];
}
