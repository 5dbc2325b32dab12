import { expect, it } from 'vitest';
import { slack } from '#bots/slack/index.ts';

const token = { SLACK_BOT_TOKEN: 'xoxb-1' };

it.each([
  ['nothing is set', {}],
  ['only an address is set', { SLACK_API_URL: 'https://slack.example/api/' }],
])('is off when %s', (_, env) => {
  expect(slack.configure(env)).toBeNull();
});

it.each([
  ['a signing secret', { ...token, SLACK_SIGNING_SECRET: 's' }],
  ['an app token', { ...token, SLACK_APP_TOKEN: 'xapp-1' }],
  ['both', { ...token, SLACK_SIGNING_SECRET: 's', SLACK_APP_TOKEN: 'xapp-1' }],
  ['neither, where it only posts', { ...token, EASEL_RUN: 'worker,http' }],
  ['an address', { ...token, SLACK_APP_TOKEN: 'xapp-1', SLACK_API_URL: 'http://127.0.0.1:4020/api/' }],
])('is on with the bot token and %s', (_, env) => {
  expect(slack.configure(env)).toMatchObject({ id: 'slack', create: expect.any(Function) });
});

it.each([
  ['SLACK_BOT_TOKEN', { SLACK_SIGNING_SECRET: 's' }],
  ['SLACK_BOT_TOKEN', { SLACK_APP_TOKEN: 'xapp-1', EASEL_RUN: 'worker' }],
  ['SLACK_APP_TOKEN', token],
  ['SLACK_SIGNING_SECRET', { ...token, EASEL_RUN: 'bots, worker' }],
  ['SLACK_BOT_TOKEN', { SLACK_BOT_TOKEN: 'xapp-1', SLACK_SIGNING_SECRET: 's' }],
  ['SLACK_APP_TOKEN', { ...token, SLACK_APP_TOKEN: 'xoxb-1' }],
  ['SLACK_API_URL', { ...token, SLACK_SIGNING_SECRET: 's', SLACK_API_URL: 'https://slack.example' }],
])('names %s when it is missing or wrong, and no secret', (name, env) => {
  const configured = slack.configure(env);
  const problems = configured && 'problems' in configured ? configured.problems : [];
  expect(problems).toEqual([expect.stringContaining(name)]);
  expect(problems.join()).not.toMatch(/x(oxb|app)-1/);
});

const many = {
  SLACK_CLIENT_ID: '1.2',
  SLACK_CLIENT_SECRET: 'hidden',
  SLACK_SIGNING_SECRET: 's',
  PUBLIC_URL: 'https://easel.example.org',
  EASEL_KEYS: 'a:key',
  NODE_ENV: 'production',
};

it('is on for many workspaces with what an installation takes', () => {
  expect(slack.configure(many)).toMatchObject({ id: 'slack', create: expect.any(Function) });
});

it.each(['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET', 'PUBLIC_URL', 'EASEL_KEYS'] as const)(
  'does not start for many workspaces without %s, and prints no secret',
  (name) => {
    const { [name]: _left, ...env } = many;
    expect(slack.configure(env)).toEqual({ problems: [expect.stringContaining(`${name} is missing`)] });
    expect(JSON.stringify(slack.configure(env))).not.toMatch(/hidden|a:key/);
  },
);

it('needs no EASEL_KEYS outside of production, where the data folder has a key of its own', () => {
  const { EASEL_KEYS: _keys, NODE_ENV: _production, ...env } = many;
  for (const NODE_ENV of [undefined, 'development'])
    expect(slack.configure({ ...env, NODE_ENV })).toMatchObject({ id: 'slack', keepsSecrets: true });
  expect(slack.configure({ ...token, SLACK_SIGNING_SECRET: 's' })).not.toHaveProperty('keepsSecrets');
});

it('is for one workspace or for many, not both', () => {
  expect(slack.configure({ ...many, ...token })).toEqual({ problems: [expect.stringContaining('only one of them')] });
});

it('serves an address only where commands come in over HTTP', () => {
  const configs = [
    { ...token, SLACK_SIGNING_SECRET: 's' },
    { ...token, SLACK_APP_TOKEN: 'xapp-1' },
  ].map((env) => slack.configure(env));
  const served = configs.map((configured) => {
    if (!configured || 'problems' in configured) throw new Error('it is on');
    const log = { child: () => log };
    return configured.create({ log, i18n: {}, bus: { on: () => () => undefined } } as unknown as Parameters<
      typeof configured.create
    >[0]).webhook;
  });
  expect(served).toEqual([expect.objectContaining({ path: '/slack/events' }), undefined]);
});
