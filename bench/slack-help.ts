import { randomUUID } from 'node:crypto';
import { noRate } from '#tests/servers/rates.ts';
import { startSlackServer } from '#tests/servers/slack.ts';
import { withBareApp } from './bare-app.ts';
import { withDataDir, withEasel } from './easel.ts';
import { percentile } from './figures.ts';
import { prepareRequest, sendLoad } from './send-load.ts';
import { slackHeaders } from './slack-headers.ts';

const connections = 50;
/** Short and many, in pairs: a machine whose speed changes is as fast for both of a pair. */
const perRun = 10_000;
const pairs = 21;
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
          const perSecondOf = async (target: string): Promise<number> => {
            const load = requestsFor(target, perRun);
            const { seconds, statuses, emptyBodies } = await sendLoad(target, load, connections);
            const ok = statuses['200'] ?? 0;
            if (ok !== load.length) throw new Error(`${target}: ${JSON.stringify(statuses)}`);
            if (target === url && emptyBodies > 0) throw new Error(`${emptyBodies} commands got no help`);
            return ok / seconds;
          };
          for (const target of [url, boltUrl]) await perSecondOf(target);
          const measured: { easel: number; bolt: number }[] = [];
          for (let pair = 0; pair < pairs; pair++) {
            const isEaselFirst = pair % 2 === 0;
            const first = await perSecondOf(isEaselFirst ? url : boltUrl);
            const second = await perSecondOf(isEaselFirst ? boltUrl : url);
            measured.push(isEaselFirst ? { easel: first, bolt: second } : { easel: second, bolt: first });
          }
          const median = (figures: number[]) => percentile(figures, 0.5);
          const ratios = measured.map(({ easel, bolt }) => easel / bolt);
          return [
            {
              bench: 'slack-help',
              connections,
              perRun,
              pairs,
              perSecond: Math.round(median(measured.map(({ easel }) => easel))),
              limit: { bareBoltPerSecond: Math.round(median(measured.map(({ bolt }) => bolt))) },
              ratio: hundredths(median(ratios)),
              ratios: { p10: hundredths(percentile(ratios, 0.1)), p90: hundredths(percentile(ratios, 0.9)) },
            },
          ];
        }),
      env,
    ),
  );
}

const hundredths = (value: number) => Math.round(value * 100) / 100;

const signedRequest = (url: string, body: string, secret: string) =>
  prepareRequest(url, slackHeaders(body, secret), body);
