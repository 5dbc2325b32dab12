import { expect, it } from 'vitest';
import { createClient, fixedToken } from '#bots/slack/client.ts';
import { createLookUps } from '#bots/slack/look-ups.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';
import { calledOf, open } from '#tests/bots/slack/scene.ts';

const read = (answer: unknown) => answer;

async function openLookUps(askAgainMs?: number) {
  const slack = await open();
  const { deps, logs } = createBotDeps();
  const client = createClient({ token: fixedToken(slack.team.botToken), apiUrl: slack.server.url }, deps.log);
  const lookUps = createLookUps(client, deps.log, askAgainMs === undefined ? {} : { askAgainMs });
  return { ...slack, lookUps, told: () => logs.filter(({ level }) => level === 'warn') };
}

it.each([
  ['server_error', { kind: 'server_error' }],
  ['missing_scope', { kind: 'refused', error: 'missing_scope' }],
] as const)('asks once while Slack answers %s, and says so once for many people', async (_, fault) => {
  const { server, team, lookUps, told, ...slack } = await openLookUps();
  const people = [team.addUser('bo'), team.addUser('cy'), team.addUser('di')];
  server.fail({ match: ({ method }) => method === 'users.info', times: 100, ...fault });
  for (const { id } of [...people, ...people]) {
    await expect(lookUps.call('users.info', { user: id }, { read })).rejects.toMatchObject({ reason: 'server' });
  }
  expect(calledOf({ server, ...slack }, 'users.info')).toHaveLength(3);
  expect(told()).toHaveLength(1);
});

it('tells failures of another kind apart, and asks again after a while', async () => {
  const { server, user, lookUps, told, ...slack } = await openLookUps(1);
  server.fail({ match: ({ method }) => method === 'users.info', kind: 'server_error' });
  const ask = () => lookUps.call('users.info', { user: user.id }, { read });
  await expect(ask()).rejects.toThrow();
  await expect(lookUps.call('users.info', { user: 'U0NOBODY' }, { read })).rejects.toMatchObject({ reason: 'gone' });
  expect(told()).toHaveLength(2);
  await expect.poll(() => ask().catch(() => undefined)).toMatchObject({ user: { id: user.id } });
  expect(calledOf({ server, ...slack }, 'users.info').length).toBeGreaterThan(2);
});

it('asks each time where the failure is an answer', async () => {
  const { server, lookUps, told, ...slack } = await openLookUps();
  const ask = () => lookUps.call('conversations.info', { channel: 'C0NOWHERE' }, { read, isAnswer: () => true });
  for (let count = 0; count < 2; count += 1) await expect(ask()).rejects.toMatchObject({ reason: 'gone' });
  expect(calledOf({ server, ...slack }, 'conversations.info')).toHaveLength(2);
  expect(told()).toEqual([]);
});
