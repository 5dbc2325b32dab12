import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScriptedCore } from '#tests/bots/scripted-core.ts';
import { type StartedSlack, startSlack } from '#tests/bots/slack/start-slack.ts';

const core = createScriptedCore();
let slack: StartedSlack;

beforeAll(async () => {
  slack = await startSlack('http');
  await slack.start(core);
});
afterAll(() => slack.stop());

function form(command = '/help'): string {
  const user = slack.team.addUser('ada');
  const channel = slack.team.addChannel('general');
  return new URLSearchParams({
    command,
    text: '',
    team_id: slack.team.id,
    channel_id: channel.id,
    channel_name: channel.name,
    user_id: user.id,
    trigger_id: crypto.randomUUID(),
    response_url: 'http://127.0.0.1:1/unused',
  }).toString();
}

function post(body: string | Uint8Array, headers: Record<string, string>, type = 'application/x-www-form-urlencoded') {
  return fetch(slack.eventsUrl, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': type, ...headers },
  });
}

describe('a request that Slack did not sign, or long ago, changes nothing', () => {
  it.each([
    ['no signature', () => ({})],
    ['a wrong one', (body: string) => slack.server.sign(body, { wrong: true })],
    ['one of six minutes ago', (body: string) => slack.server.sign(body, { ageMs: 6 * 60_000 })],
    ['one of the future', (body: string) => slack.server.sign(body, { ageMs: -6 * 60_000 })],
    ['one of other words', () => slack.server.sign('other=words')],
    ['one of another version', (body: string) => replaceIn(slack.server.sign(body), 'x-slack-signature', /^v0/, 'v1')],
    ['one that is too short', (body: string) => replaceIn(slack.server.sign(body), 'x-slack-signature', /.$/, '')],
    ['no time', (body: string) => replaceIn(slack.server.sign(body), 'x-slack-request-timestamp', /.+/, '')],
    [
      'a time that is none',
      (body: string) => replaceIn(slack.server.sign(body), 'x-slack-request-timestamp', /^/, 'x'),
    ],
  ])('%s', async (_, sign) => {
    const body = form();
    const response = await post(body, sign(body));
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('at ');
    expect(core.calls).toEqual([]);
  });
});

function replaceIn(headers: Record<string, string>, name: string, pattern: RegExp, by: string): Record<string, string> {
  return { ...headers, [name]: (headers[name] ?? '').replace(pattern, by) };
}

it('takes a signed command, and says who asked', async () => {
  const body = form('/quota');
  const response = await post(body, slack.server.sign(body));
  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(core.calls.splice(0)).toMatchObject([
    { text: '/quota', account: { name: 'ada' }, channel: { name: 'general' } },
  ]);
});

it('answers the question that Slack asks of a new address', async () => {
  expect(await slack.server.verifyUrl()).toBe(true);
});

it('refuses what is too large before it reads it', async () => {
  const body = new Uint8Array(1024 * 1024 + 1).fill(97);
  const response = await post(body, slack.server.sign('unused'));
  expect(response.status).toBe(413);
});

it.each([
  ['JSON that is none', '{"type":', 'application/json'],
  ['a payload that is none', 'payload=%7B%22type', 'application/x-www-form-urlencoded'],
])('refuses %s, without a word about why', async (_, body, type) => {
  const response = await post(body, slack.server.sign(body), type);
  expect([response.status, await response.json()]).toEqual([400, { error: 400 }]);
});

it.each([
  ['an event of no use', JSON.stringify({ type: 'event_callback', event: { type: 'team_join' } }), 'application/json'],
  ['a check of the certificate', 'ssl_check=1&token=x', 'application/x-www-form-urlencoded'],
  ['nothing', '', 'application/x-www-form-urlencoded'],
  ['an unknown type', 'text', 'text/plain'],
  ['JSON of another kind', '[1]', 'application/json; charset=utf-8'],
])('acknowledges %s, and does nothing', async (_, body, type) => {
  const response = await post(body, slack.server.sign(body), type);
  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(core.calls).toEqual([]);
});

it('takes nothing in once it is stopped, so that Slack tries again elsewhere', async () => {
  await slack.bot.platform.stop();
  const body = form();
  const response = await post(body, slack.server.sign(body));
  expect(response.status).toBe(503);
  await slack.bot.platform.stop();
});
