import { randomUUID } from 'node:crypto';
import { noRate } from '#tests/servers/rates.ts';
import { startSlackServer } from '#tests/servers/slack.ts';
import { withBareApp } from './bare-app.ts';
import { withDataDir, withEasel } from './easel.ts';
import { percentile, round } from './figures.ts';
import { prepareRequest, sendLoad } from './send-load.ts';
import { slackHeaders } from './slack-headers.ts';

const connections = 50;
const perRun = 40_000;
const runs = 5;
const people = 1000;

/** Signed `/help` commands a second through /slack/events, answered in full, beside a bare Bolt app that only acknowledges. */
export async function run(): Promise<object[]> {
  await using slack = await startSlackServer({ rates: { 'users.info': noRate } });
  const team = slack.addTeam('bench');
  const channel = team.addChannel('general');
  // As many as it takes that nobody asks faster than one account may.
  const users = Array.from({ length: people }, (_, index) => team.addUser(`person-${index}`));
  let asked = 0;
  // What is said of each command goes to nobody here, as with Bolt.
  const env = {
    LOG_LEVEL: 'warn',
    SLACK_BOT_TOKEN: team.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_API_URL: slack.url,
  };
  const commandBody = () => {
    const user = users[asked++ % people];
    return new URLSearchParams({
      token: 'unused',
      team_id: team.id,
      team_domain: 'bench',
      channel_id: channel.id,
      channel_name: 'general',
      user_id: user?.id ?? '',
      user_name: 'ada',
      command: '/help',
      text: '',
      api_app_id: slack.appId,
      is_enterprise_install: 'false',
      response_url: `${slack.url}respond/unused`,
      trigger_id: `${Date.now()}.${randomUUID()}`,
    }).toString();
  };
  const requestsFor = (url: string, count: number) =>
    Array.from({ length: count }, () => signedRequest(url, commandBody(), slack.signingSecret));

  return await withDataDir((dataDir) =>
    withEasel(
      dataDir,
      (easelUrl) =>
        withBareApp('bare-bolt.ts', { SLACK_SIGNING_SECRET: slack.signingSecret }, async (boltUrl) => {
          const url = `${easelUrl}/slack/events`;
          const figures: { easel: number[]; bolt: number[] } = { easel: [], bolt: [] };
          for (const [target, into] of [
            [url, undefined],
            [boltUrl, undefined],
            ...repeat(url, boltUrl, figures),
          ] as const) {
            const load = requestsFor(target, into ? perRun : perRun / 4);
            const { seconds, statuses, emptyBodies } = await sendLoad(target, load, connections);
            const ok = statuses['200'] ?? 0;
            if (ok !== load.length) throw new Error(`${target}: ${JSON.stringify(statuses)}`);
            if (into === figures.easel && emptyBodies > 0) throw new Error(`${emptyBodies} commands got no help`);
            into?.push(ok / seconds);
          }
          const easel = percentile(figures.easel, 0.5);
          const bolt = percentile(figures.bolt, 0.5);
          return [
            {
              bench: 'slack-help',
              connections,
              perRun,
              runs,
              perSecond: Math.round(easel),
              limit: { bareBoltPerSecond: Math.round(bolt) },
              ratio: round(easel / bolt),
            },
          ];
        }),
      env,
    ),
  );
}

/** In turn, so that a slow moment of the machine hits both. */
function repeat(url: string, boltUrl: string, figures: { easel: number[]; bolt: number[] }) {
  return Array.from({ length: runs }, () => [[url, figures.easel] as const, [boltUrl, figures.bolt] as const]).flat();
}

const signedRequest = (url: string, body: string, secret: string) =>
  prepareRequest(url, slackHeaders(body, secret), body);
