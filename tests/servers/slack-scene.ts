import { onTestFinished } from 'vitest';
import { type SlackServerOptions, startSlackServer } from '#tests/servers/slack.ts';
import type { SlackTeam } from '#tests/servers/slack-people.ts';
import { createClient } from '#tests/servers/slack-sdk.ts';

/** A workspace with a person in a channel, and a client with its bot's token. Closed after the test. */
export async function openTeam(options: SlackServerOptions = {}, facts: Parameters<SlackTeam['addUser']>[1] = {}) {
  const slack = await startSlackServer(options);
  onTestFinished(() => slack[Symbol.asyncDispose]());
  const team = slack.addTeam();
  const person = team.addUser('ada', facts);
  const channel = team.addChannel('general');
  return { slack, team, person, channel, client: createClient(slack, team.botToken) };
}
