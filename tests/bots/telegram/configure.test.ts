import { expect, test } from 'vitest';
import { telegram } from '#bots/telegram/index.ts';

const token = '7100000001:AA-test_token';

test.each([
  ['nothing is set', {}],
  ['the token is empty', { TELEGRAM_BOT_TOKEN: '' }],
])('is off when %s', (_, env) => {
  expect(telegram.configure(env)).toBeNull();
});

test.each([
  ['the token', { TELEGRAM_BOT_TOKEN: token }],
  ['an address of its own', { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: 'http://127.0.0.1:8081/' }],
  ['empty others', { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: '', TELEGRAM_API_URL: '' }],
  ['a webhook', { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: 's3-_', PUBLIC_URL: 'https://easel.example' }],
  [
    'a webhook that other processes serve',
    { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: 's', EASEL_RUN: 'worker' },
  ],
])('is on with %s', (_, env) => {
  expect(telegram.configure(env)).toMatchObject({ id: 'telegram' });
});

test.each([
  [{ TELEGRAM_WEBHOOK_SECRET: 's' }, 'TELEGRAM_WEBHOOK_SECRET needs TELEGRAM_BOT_TOKEN'],
  [{ TELEGRAM_API_URL: 'http://127.0.0.1' }, 'TELEGRAM_API_URL needs TELEGRAM_BOT_TOKEN'],
  [
    { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: 's' },
    'TELEGRAM_WEBHOOK_SECRET needs PUBLIC_URL, where Telegram posts to',
  ],
  [{ TELEGRAM_BOT_TOKEN: 'my token' }, 'TELEGRAM_BOT_TOKEN must be a token as @BotFather gives it'],
  [{ TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: 'telegram' }, 'TELEGRAM_API_URL must be an address'],
  [
    { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: 'a b', PUBLIC_URL: 'https://easel.example' },
    'TELEGRAM_WEBHOOK_SECRET must be 1 to 256 letters, digits, _ and -',
  ],
])('says what to fix in %j', (env, problem) => {
  expect(telegram.configure(env)).toEqual({ problems: [problem] });
});

test('names every problem at once, and no secret', () => {
  const env = { TELEGRAM_BOT_TOKEN: 'hush hush', TELEGRAM_API_URL: 'x', TELEGRAM_WEBHOOK_SECRET: 'not this' };
  const configured = telegram.configure(env);
  expect(configured && 'problems' in configured && configured.problems).toHaveLength(3);
  expect(JSON.stringify(configured)).not.toMatch(/hush|not this/);
});
