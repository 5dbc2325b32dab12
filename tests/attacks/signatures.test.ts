import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWebhook as createDiscordWebhook } from '#bots/discord/webhook.ts';
import { createWebhook as createSlackWebhook } from '#bots/slack/webhook.ts';
import { createWebhook as createTelegramWebhook } from '#bots/telegram/webhook.ts';
import type { Webhook } from '#core/ports/webhook.ts';
import { serveWebhooks } from '#http/serve-webhooks.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';
import { closeServer, listen } from '#tests/servers/listen.ts';

const secret = 'the-secret-of-this-app';
const own = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const { deps, logs } = createBotDeps();
/** What got through, by webhook. */
const taken: string[] = [];
let webhooks: Webhook[];
let server: Server;
let url: string;

beforeAll(async () => {
  webhooks = [
    createSlackWebhook(secret, {
      async take() {
        taken.push('slack');
        return undefined;
      },
      resume: async () => undefined,
      settled: async () => undefined,
    }),
    createDiscordWebhook({
      publicKey: own.publicKey,
      now: Date.now,
      listener: {
        running() {
          taken.push('discord');
          return undefined;
        },
        track: () => undefined,
      } as never,
    }),
    createTelegramWebhook({
      secret,
      answerMaxMs: 1000,
      findTaker: () => ({
        take() {
          taken.push('telegram');
          return { committed: Promise.resolve(), answered: Promise.resolve() };
        },
      }),
    }),
  ];
  server = createServer(serveWebhooks(webhooks, deps.log, (_request, response) => void response.writeHead(404).end()));
  url = await listen(server);
});
afterAll(() => closeServer(server));
beforeEach(() => {
  taken.length = 0;
  logs.length = 0;
});

interface Posted {
  body: string;
  headers: Record<string, string>;
}
type Sign = (body: string, options?: { key?: 'stranger'; ageSeconds?: number }) => Record<string, string>;

const stamp = (ageSeconds = 0) => String(Math.floor(Date.now() / 1000) - ageSeconds);
const signSlack: Sign = (body, { key, ageSeconds } = {}) => {
  const timestamp = stamp(ageSeconds);
  const hmac = createHmac('sha256', key ? 'the-secret-of-another-app' : secret);
  const signature = `v0=${hmac.update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return { 'content-type': 'application/json', 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature };
};
const signDiscord: Sign = (body, { key, ageSeconds } = {}) => {
  const timestamp = stamp(ageSeconds);
  const signature = sign(null, Buffer.from(timestamp + body), (key ? stranger : own).privateKey).toString('hex');
  return { 'content-type': 'application/json', 'x-signature-timestamp': timestamp, 'x-signature-ed25519': signature };
};
const signTelegram: Sign = (_body, { key } = {}) => ({
  'content-type': 'application/json',
  'x-telegram-bot-api-secret-token': key ? 'the-secret-of-another-app' : secret,
});

// All of them are such as may wait, were they rightly signed.
const slackMention = (text: string) =>
  JSON.stringify({
    ...{ type: 'event_callback', team_id: 'T1' },
    event: { type: 'app_mention', user: 'U1', channel: 'C1', ts: '1.1', text },
  });
const discordPress = (act: string) =>
  JSON.stringify({
    ...{ type: 3, id: '1', application_id: '2', token: 't' },
    ...{ user: { id: '3', username: 'u' }, channel: { id: '4', type: 1 }, message: { id: '6' } },
    data: { custom_id: act, component_type: 2 },
  });

const platforms = [
  {
    name: 'slack',
    path: '/slack/events',
    sign: signSlack,
    body: slackMention('a fox'),
    other: slackMention('a bear'),
    header: 'x-slack-signature',
    time: 'x-slack-request-timestamp',
  },
  {
    name: 'discord',
    path: '/discord/interactions',
    sign: signDiscord,
    body: discordPress('cancel k7m2q4'),
    other: discordPress('cancel m2q4k7'),
    header: 'x-signature-ed25519',
    time: 'x-signature-timestamp',
  },
  {
    name: 'telegram',
    path: '/telegram/webhook',
    sign: signTelegram,
    body: '{"update_id":1}',
    other: '{"update_id":2}',
    header: 'x-telegram-bot-api-secret-token',
    time: undefined,
  },
] as const;
type Platform = (typeof platforms)[number];

const post = ({ path }: Pick<Platform, 'path'>, { body, headers }: Posted) =>
  fetch(`${url}${path}`, { method: 'POST', body, headers });
const changed = (headers: Record<string, string>, name: string, change: (value: string) => string) => ({
  ...headers,
  [name]: change(headers[name] ?? ''),
});

describe.each(platforms)('the webhook of $name', (platform) => {
  const { name, body, other, header, time } = platform;
  const right = () => platform.sign(body);
  const postpone = (posted: Posted) =>
    webhooks
      .find(({ path }) => path === platform.path)
      ?.read(Buffer.from(posted.body), posted.headers)
      .postpone?.();
  const withHeader = (change: (value: string) => string): Posted => ({
    body,
    headers: changed(right(), header, change),
  });

  const attacks: [attack: string, make: () => Posted][] = [
    ['no signature', () => ({ body, headers: { 'content-type': 'application/json' } })],
    ['an empty signature', () => withHeader(() => '')],
    ['a wrong key', () => ({ body, headers: platform.sign(body, { key: 'stranger' }) })],
    ['a signature without its last character', () => withHeader((value) => value.slice(0, -1))],
    ['a signature with one character more', () => withHeader((value) => `${value}0`)],
    ['a signature with its first character changed', () => withHeader((value) => `x${value.slice(1)}`)],
    ['half a signature', () => withHeader((value) => value.slice(0, value.length / 2))],
    ['a signature twice', () => withHeader((value) => `${value}, ${value}`)],
    ['a signature of nothing but zeros', () => withHeader((value) => '0'.repeat(value.length))],
    ['a signature with a NUL escaped', () => withHeader((value) => `${value}%00`)],
    ...platforms
      .filter((one) => one.name !== name)
      .map((one): [string, () => Posted] => [
        `a right signature of ${one.name}`,
        () => ({ body, headers: one.sign(body) }),
      ]),
  ];
  // A secret token is of no body and of no time: TLS keeps it, and the same update again changes nothing.
  const signed: typeof attacks =
    time === undefined
      ? []
      : [
          ['a body swapped for another', () => ({ body: other, headers: right() })],
          ['a body with a space more', () => ({ body: `${body} `, headers: right() })],
          ['a body cut short', () => ({ body: body.slice(0, -1), headers: right() })],
          ['no body', () => ({ body: '', headers: right() })],
          ['a replay of six minutes ago', () => ({ body, headers: platform.sign(body, { ageSeconds: 360 }) })],
          ['a time to come', () => ({ body, headers: platform.sign(body, { ageSeconds: -360 }) })],
          [
            'a replay with the time brought up to date',
            () => ({
              body,
              headers: changed(platform.sign(body, { ageSeconds: 360 }), time, () => stamp()),
            }),
          ],
          ['no time', () => ({ body, headers: changed(right(), time, () => '') })],
          [
            'a time in hexadecimal',
            () => ({ body, headers: changed(right(), time, (value) => `0x${Number(value).toString(16)}`) }),
          ],
          ['a time with a fraction', () => ({ body, headers: changed(right(), time, (value) => `${value}.0`) })],
          ['a time that is no number', () => ({ body, headers: changed(right(), time, () => 'NaN') })],
        ];

  test('takes what is signed rightly', async () => {
    await post(platform, { body, headers: right() });
    expect(taken).toEqual([name]);
    expect(logs).toEqual([]);
    if (time === undefined) return;
    expect(postpone({ body, headers: right() })).toBeDefined();
    expect(postpone({ body: other, headers: platform.sign(other) })).toBeDefined();
  });

  test.each([...attacks, ...signed])(
    'refuses %s, tells nothing, and notes it without the signature',
    async (_attack, make) => {
      const posted = make();
      const response = await post(platform, posted);
      expect(response.status).toBe(401);
      expect((await response.text()).length).toBeLessThan(60);
      expect(taken).toEqual([]);
      expect(logs).toMatchObject([{ level: 'warn', values: { event: 'signature_refused', path: platform.path } }]);
      expect(JSON.stringify(logs)).not.toContain(secret);
      // Telegram's is refused before its body is read.
      if (time !== undefined) expect(postpone(posted)).toBeUndefined();
    },
  );
});
