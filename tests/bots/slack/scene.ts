import { afterEach, expect } from 'vitest';
import { createScriptedCore } from '#tests/bots/scripted-core.ts';
import { type SlackMode, type StartedSlack, startSlack } from '#tests/bots/slack/start-slack.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Stops it after the test. */
export function stopAfterwards(stop: () => Promise<void>): void {
  stops.push(stop);
}

/** A started platform with a person in a channel; afterwards nothing may have broken a rule of Slack's. */
export async function open(mode: SlackMode = 'http', options: Parameters<typeof startSlack>[1] = {}) {
  const slack = await startSlack(mode, options);
  const core = createScriptedCore();
  await slack.start(core);
  const user = slack.team.addUser('ada', { locale: 'en-US' });
  const channel = slack.team.addChannel('studio');
  stopAfterwards(async () => {
    await slack.stop();
    expect(slack.server.violations).toEqual([]);
  });
  /** What the bot has said there. */
  const seen = (where = channel.id, who = user.id) => slack.server.seen(where, who).filter(({ fromBot }) => fromBot);
  return { ...slack, core, user, channel, seen };
}

export function reader(locale: string) {
  return { locale, timeZone: 'UTC' };
}

/** Requests of one kind that the bot has made. */
export const calledOf = ({ server }: Pick<StartedSlack, 'server'>, method: string) =>
  server.requests.filter((request) => request.method === method);
