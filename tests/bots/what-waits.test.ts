import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createWebhook as createDiscordWebhook } from '#bots/discord/webhook.ts';
import { createIntake } from '#bots/slack/intake.ts';
import { createWebhook as createSlackWebhook } from '#bots/slack/webhook.ts';
import { createWebhook as createTelegramWebhook } from '#bots/telegram/webhook.ts';
import type { Webhook } from '#core/ports/webhook.ts';

// While many wait: what is acknowledged and done in its turn, and what is handled at once.

const postponed = (webhook: Webhook, body: string, headers: Record<string, string>) =>
  webhook.read(Buffer.from(body), headers).postpone?.();

describe('from Slack', () => {
  const secret = 'a-secret';
  const intake = createIntake({} as never);
  const webhook = createSlackWebhook(secret, intake);
  function postpone(body: string, type = 'application/x-www-form-urlencoded') {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
    return postponed(webhook, body, {
      'content-type': type,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    });
  }
  const command = (name: string, text = '') =>
    new URLSearchParams({
      ...{ command: name, text, team_id: 'T1', channel_id: 'C1', channel_name: 'general', user_id: 'U1' },
      ...{ trigger_id: '1.2', response_url: 'https://hooks.slack.com/1' },
    }).toString();
  const interaction = (payload: object) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const origin = { team: { id: 'T1', domain: 'team' }, channel: { id: 'C1', name: 'general' }, user: { id: 'U1' } };
  const press = {
    ...{ type: 'block_actions', trigger_id: '1.2', response_url: 'https://hooks.slack.com/1', ...origin },
    ...{ container: { message_ts: '1.1' }, actions: [{ action_id: 'a', action_ts: '1.3', value: 'cancel k7m2q4' }] },
  };
  const mention = {
    ...{ type: 'event_callback', team_id: 'T1', authorizations: [{ user_id: 'U9', is_bot: true }] },
    event: { type: 'app_mention', user: 'U1', channel: 'C1', ts: '1.1', text: '<@U9> a fox' },
  };

  test.each([
    ['a command', command('/imagine', 'a fox')],
    ['a command behind /easel', command('/easel', 'status')],
    ['a pressed button', interaction(press)],
  ])('%s waits, and is acknowledged with nothing', (_, body) => {
    expect(postpone(body)).toMatchObject({ answer: { status: 200 } });
    expect(postpone(body)?.answer.body).toBeUndefined();
  });

  test('a mention waits', () => {
    expect(postpone(JSON.stringify(mention), 'application/json')).toMatchObject({ answer: { status: 200 } });
  });

  test.each([
    ['a command that opens a form', command('/imagine')],
    ['the help', command('/help', 'imagine')],
    ['a form that is sent', interaction({ type: 'view_submission', ...origin, view: { id: 'V1' } })],
    ['nothing known', 'x=1'],
  ])('%s does not', (_, body) => {
    expect(postpone(body)).toBeUndefined();
  });

  test.each([
    ['the question of a new address', { type: 'url_verification', challenge: 'c' }],
    [
      'what nobody says to the bot',
      { ...mention, event: { ...mention.event, type: 'message', channel_type: 'channel' } },
    ],
  ])('%s does not either', (_, payload) => {
    expect(postpone(JSON.stringify(payload), 'application/json')).toBeUndefined();
  });
});

describe('from Discord', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const webhook = createDiscordWebhook({ publicKey, now: Date.now, listener: {} as never });
  function postpone(interaction: object) {
    const [body, timestamp] = [JSON.stringify(interaction), String(Math.floor(Date.now() / 1000))];
    const signature = sign(null, Buffer.from(timestamp + body), privateKey).toString('hex');
    const headers = { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp };
    return postponed(webhook, body, headers);
  }
  const common = {
    ...{
      id: '1',
      application_id: '2',
      token: 't',
      guild_id: '5',
      app_permissions: '35840',
      authorizing_integration_owners: { 0: '5' },
    },
    ...{ member: { user: { id: '3', username: 'u' }, roles: [], permissions: '0' }, channel: { id: '4', type: 0 } },
  };
  const command = (name: string, options: object[] = []) => ({ ...common, type: 2, data: { name, options } });
  const prompt = [{ type: 3, name: 'prompt', value: 'a fox' }];
  const press = { ...common, type: 3, message: { id: '6' }, data: { custom_id: 'cancel k7m2q4', component_type: 2 } };
  const bodyOf = (interaction: object) => JSON.parse(String(postpone(interaction)?.answer.body));

  test('a command waits, and shows that the app is at work to those who see its answer', () => {
    expect(bodyOf(command('imagine', prompt))).toEqual({ type: 5, data: { flags: 0 } });
    expect(bodyOf(command('quota'))).toEqual({ type: 5, data: { flags: 64 } });
  });

  test('a pressed button waits', () => {
    expect(postpone(press)).toMatchObject({ answer: { status: 200 } });
  });

  test.each([
    ['the help', command('help')],
    ['a completion', { ...command('imagine', [{ ...prompt[0], focused: true }]), type: 4 }],
    ['a ping', { type: 1 }],
    ['nothing known', { ...common, type: 99 }],
  ])('%s does not', (_, interaction) => {
    expect(postpone(interaction)).toBeUndefined();
  });
});

describe('from Telegram', () => {
  const webhook = createTelegramWebhook({ secret: 's', answerMaxMs: 1_000, findTaker: () => undefined });
  const postpone = (update: object) => postponed(webhook, JSON.stringify(update), {});
  const from = { id: 3, first_name: 'Ada' };
  const chat = { id: 3, type: 'private' };
  const message = (more: object) => ({ update_id: 1, message: { message_id: 2, chat, from, ...more } });

  test.each([
    ['a command', message({ text: '/imagine a fox' })],
    ['words', message({ text: 'a fox' })],
    ['a picture', message({ caption: '/imagine like this', photo: [] })],
    ['a pressed button', { update_id: 1, callback_query: { id: '1', from } }],
  ])('%s waits', (_, update) => {
    expect(postpone(update)).toMatchObject({ answer: { status: 200, body: Buffer.from('{}') } });
  });

  test.each([
    ['the help', message({ text: '/help@easel_bot' })],
    ['a part of an album', message({ caption: '/imagine', media_group_id: '9' })],
    ['that the bot was added somewhere', { update_id: 1, my_chat_member: {} }],
    ['nothing known', { update_id: 1, poll: {} }],
    ['no update', {}],
  ])('%s does not', (_, update) => {
    expect(postpone(update)).toBeUndefined();
  });

  test('what waits is tried again until the bot is known', async () => {
    await expect(webhook.resume(JSON.stringify(message({ text: '/quota' })))).rejects.toThrow('not ready');
  });
});
