import type { AddressInfo } from 'node:net';
import { App, LogLevel, webApi } from '@slack/bolt';
import type { SlackServer } from '#tests/servers/slack.ts';
import type { SlackTeam } from '#tests/servers/slack-people.ts';

/** Slack's own client, trying once. */
export function createClient(slack: SlackServer, token: string): webApi.WebClient {
  return new webApi.WebClient(token, {
    slackApiUrl: slack.url,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
  });
}

/** A Bolt app that Slack reaches over HTTP (and is told so) or by Socket Mode. Stopped by `await using`. */
export async function startBolt(
  slack: SlackServer,
  team: SlackTeam,
  way: 'http' | 'socket',
  declare: (app: App) => void,
): Promise<App & AsyncDisposable & { eventsUrl: string }> {
  const clientOptions = { slackApiUrl: slack.url, retryConfig: { retries: 0 } };
  const shared = { token: team.botToken, clientOptions, logger: silent };
  const app =
    way === 'http'
      ? new App({ ...shared, signingSecret: slack.signingSecret })
      : new App({ ...shared, appToken: slack.appToken, socketMode: true });
  app.error(async () => {});
  declare(app);
  const server = (await app.start(0)) as { address?(): AddressInfo } | undefined;
  const eventsUrl = `http://127.0.0.1:${server?.address?.().port}/slack/events`;
  if (way === 'http') slack.deliverTo(eventsUrl);
  return Object.assign(app, { eventsUrl, [Symbol.asyncDispose]: async () => void (await app.stop()) });
}

const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** What Slack answered a call with that it refused: `{ error, … }`. */
export async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    return (error as { data?: Record<string, unknown> }).data ?? { error };
  }
  throw new Error('The call was not refused.');
}
