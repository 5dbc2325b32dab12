import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWebhook as createDiscordWebhook } from '#bots/discord/webhook.ts';
import { idsToName, lacksNames } from '#bots/slack/ids-to-name.ts';
import { readPayload } from '#bots/slack/inbound.ts';
import { createWebhook as createSlackWebhook } from '#bots/slack/webhook.ts';
import { readCallback, readMessage } from '#bots/telegram/inbound.ts';
import { createWebhook as createTelegramWebhook } from '#bots/telegram/webhook.ts';
import type { Webhook } from '#core/ports/webhook.ts';
import { boundMemory, count, mutated, share, text } from './fuzz.ts';

boundMemory();
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const secret = 'a-secret';
type Headers = Record<string, string>;

const slack = createSlackWebhook(secret, {
  async take(payload) {
    if (lacksNames(payload)) idsToName(payload);
    readPayload(payload);
    return undefined;
  },
  resume: async () => undefined,
  settled: async () => undefined,
});
const discord = createDiscordWebhook({
  publicKey,
  now: Date.now,
  listener: { running: () => undefined, track: () => undefined } as never,
});
const telegram = createTelegramWebhook({
  secret,
  answerMaxMs: 1000,
  findTaker: () => ({
    take({ message, callback_query: query }) {
      const me = { id: 1, username: 'easel_bot' } as never;
      try {
        if (query) readCallback(query);
        if (message) readMessage([message], me);
      } catch (error) {
        // As the taker does: it is told, and left. Anything but a wrong shape is a bug.
        if (!(error instanceof TypeError)) throw error;
      }
      return { committed: Promise.resolve(), answered: Promise.resolve() };
    },
  }),
});

const seconds = () => String(Math.floor(Date.now() / 1000));
const signSlack = (body: Buffer, type: string): Headers => {
  const timestamp = seconds();
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  return { 'content-type': type, 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` };
};
const signDiscord = (body: Buffer): Headers => {
  const timestamp = seconds();
  const signature = sign(null, Buffer.concat([Buffer.from(timestamp), body]), privateKey).toString('hex');
  return { 'x-signature-timestamp': timestamp, 'x-signature-ed25519': signature };
};

async function post(webhook: Webhook, body: Buffer, headers: Headers): Promise<void> {
  count();
  expect(webhook.admits?.(headers) ?? true).toBe(true);
  const { status } = await webhook.read(body, headers).answer();
  // 503 says that nothing is started behind it.
  expect([200, 400, 503]).toContain(status);
}

const user = { id: 'U1', team_id: 'T1', username: 'u', first_name: 'U', is_bot: false };
const slackPayloads = [
  {
    type: 'event_callback',
    team_id: 'T1',
    authorizations: [{ user_id: 'UB', is_bot: true }],
    event: {
      type: 'app_mention',
      channel: 'C1',
      user: 'U1',
      text: '<@UB> a <#C1|x> fox &amp; <!here>',
      ts: '1.2',
      files: [{ id: 'F1', name: 'a.png', size: 1 }],
    },
  },
  { type: 'event_callback', team_id: 'T1', event: { type: 'tokens_revoked', tokens: { bot: ['U1'] } } },
  {
    type: 'block_actions',
    team: { id: 'T1', domain: 'd' },
    user,
    channel: { id: 'C1', name: 'x' },
    container: { message_ts: '1.2' },
    message: {},
    actions: [{ value: 'cancel k7m2q4', action_id: 'a', action_ts: '1' }],
    response_url: 'https://hooks.slack.com/1',
    trigger_id: 't',
  },
  {
    type: 'view_submission',
    team: { id: 'T1' },
    user,
    view: {
      id: 'V1',
      callback_id: 'imagine',
      private_metadata: '{"channel":{"id":"C1","name":"x"}}',
      state: { values: { prompt: { prompt: { type: 'plain_text_input', value: 'a fox' } } } },
    },
  },
  {
    type: 'message_action',
    callback_id: 'imagine',
    team: { id: 'T1' },
    user,
    channel: { id: 'C1', name: 'x' },
    message: { ts: '1.2', text: 'a <@U2> fox' },
    trigger_id: 't',
    response_url: 'https://hooks.slack.com/1',
  },
];
const discordPayloads = [
  {
    type: 2,
    id: '1',
    application_id: '2',
    token: 't',
    user: { id: '3', username: 'u' },
    context: 1,
    channel: { id: '4', type: 1 },
    data: {
      name: 'imagine',
      type: 1,
      options: [
        { name: 'prompt', type: 3, value: 'a fox' },
        { name: 'n', type: 4, value: 2 },
      ],
      resolved: { attachments: {} },
    },
  },
  {
    type: 3,
    id: '1',
    application_id: '2',
    token: 't',
    guild_id: '5',
    member: { user: { id: '3', username: 'u' }, permissions: '8' },
    channel: { id: '4', type: 0 },
    message: { id: '6' },
    data: { custom_id: 'cancel k7m2q4', component_type: 2 },
  },
  {
    type: 4,
    id: '1',
    application_id: '2',
    token: 't',
    user: { id: '3', username: 'u' },
    channel: { id: '4', type: 1 },
    data: { name: 'status', options: [{ name: 'batch', type: 3, value: 'k', focused: true }] },
  },
  {
    type: 5,
    id: '1',
    application_id: '2',
    token: 't',
    user: { id: '3', username: 'u' },
    channel: { id: '4', type: 1 },
    data: { custom_id: 'x', components: [{ type: 1, components: [{ type: 4, custom_id: 'words', value: 'a' }] }] },
  },
];
const telegramPayloads = [
  {
    update_id: 1,
    message: {
      message_id: 1,
      date: 1,
      chat: { id: 1, type: 'private', first_name: 'U' },
      from: { ...user, id: 1 },
      text: '/imagine a fox',
      entities: [{ type: 'bot_command', offset: 0, length: 8 }],
    },
  },
  {
    update_id: 1,
    message: {
      message_id: 1,
      date: 1,
      chat: { id: -1, type: 'supergroup', title: 'g' },
      from: { ...user, id: 1 },
      caption: '@easel_bot a fox',
      caption_entities: [{ type: 'mention', offset: 0, length: 10 }],
      photo: [{ file_id: 'f', file_unique_id: 'g', width: 1, height: 1 }],
    },
  },
  {
    update_id: 1,
    callback_query: {
      id: '1',
      from: { ...user, id: 1 },
      chat_instance: 'x',
      data: 'cancel k7m2q4',
      message: { message_id: 1, date: 1, chat: { id: 1, type: 'private', first_name: 'U' } },
    },
  },
];

const jsonOf = (payloads: readonly object[]) =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .constantFrom(...payloads)
        .chain(mutated)
        .map((value) => Buffer.from(JSON.stringify(value) ?? '')),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: text().map((typed) => Buffer.from(typed)) },
  );

describe('fuzzed bodies with a right signature are answered, never with a crash', () => {
  const { numRuns, timeoutMs } = share(0.15);
  const each = { numRuns: Math.ceil(numRuns / 2) };

  test(
    'to Slack’s webhook as JSON',
    async () => {
      await fc.assert(
        fc.asyncProperty(jsonOf(slackPayloads), (body) => post(slack, body, signSlack(body, 'application/json'))),
        each,
      );
    },
    timeoutMs,
  );

  test(
    'to Slack’s webhook as a form',
    async () => {
      const form = 'application/x-www-form-urlencoded';
      const command = {
        command: '/imagine',
        text: 'a fox',
        channel_id: 'C1',
        user_id: 'U1',
        team_id: 'T1',
        trigger_id: 't',
        response_url: 'r',
      };
      const fields = fc.oneof(
        jsonOf(slackPayloads).map((json) => new URLSearchParams({ payload: json.toString() }).toString()),
        mutated(command).map((value) =>
          new URLSearchParams(
            Object.entries(value ?? {}).map(([key, inner]): [string, string] => [key, String(inner)]),
          ).toString(),
        ),
        fc.string({ unit: 'binary', maxLength: 100 }),
      );
      await fc.assert(
        fc.asyncProperty(fields, (typed) => post(slack, Buffer.from(typed), signSlack(Buffer.from(typed), form))),
        each,
      );
    },
    timeoutMs,
  );

  test(
    'to Discord’s webhook',
    async () => {
      await fc.assert(
        fc.asyncProperty(jsonOf(discordPayloads), (body) => post(discord, body, signDiscord(body))),
        { numRuns: Math.ceil(numRuns * 0.65) },
      );
    },
    timeoutMs,
  );

  test(
    'to Telegram’s webhook',
    async () => {
      const headers = { 'x-telegram-bot-api-secret-token': secret };
      await fc.assert(
        fc.asyncProperty(jsonOf(telegramPayloads), (body) => post(telegram, body, headers)),
        { numRuns: Math.ceil(numRuns * 0.65) },
      );
    },
    timeoutMs,
  );
});
