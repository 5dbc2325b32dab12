import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Timing } from '#bots/telegram/timing.ts';
import { replying } from '#tests/bots/outgoing.ts';
import { createScriptedCore, type ScriptedCore } from '#tests/bots/scripted-core.ts';
import { type StartedTelegram, startTelegram, webhookSecret } from '#tests/bots/telegram/start-telegram.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import type { TelegramPerson } from '#tests/servers/telegram-people.ts';

let started: StartedTelegram;
let core: ScriptedCore;
let ada: TelegramPerson;

async function begin(timing: Partial<Timing> = {}): Promise<void> {
  started = await startTelegram('webhook', { timing });
  core = createScriptedCore();
  ada = started.server.addPerson('Ada', { started: true });
  await started.start(core);
}
beforeEach(() => begin());
afterEach(async () => {
  await started.stop();
  expect(started.server.violations).toEqual([]);
});

const update = (id = 1) => ({
  update_id: id,
  message: {
    message_id: 900 + id,
    date: 1,
    chat: { id: ada.id, type: 'private', first_name: 'Ada' },
    from: { id: ada.id, is_bot: false, first_name: 'Ada' },
    text: '/quota',
  },
});

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(started.webhookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': webhookSecret, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const callsOf = (method: string) => started.server.requests.filter((request) => request.method === method);

describe('a posted update', () => {
  test('is answered once it is committed', async () => {
    const gate = Promise.withResolvers<void>();
    core.answer = async () => {
      await gate.promise;
      return { kind: 'none' };
    };
    let settled = false;
    const posting = post(update()).finally(() => {
      settled = true;
    });
    await waitUntil(() => core.calls.length === 1, 'the core was asked');
    expect(settled).toBe(false);
    gate.resolve();
    expect((await posting).status).toBe(200);
  });

  test.each([
    ['a wrong secret', { 'x-telegram-bot-api-secret-token': `${webhookSecret}x` }],
    ['an empty secret', { 'x-telegram-bot-api-secret-token': '' }],
  ])('with %s gets 401 and changes nothing', async (_, headers) => {
    expect((await post(update(), headers)).status).toBe(401);
    expect((await post('{', headers)).status, 'before it is read').toBe(401);
    expect(core.calls).toEqual([]);
  });

  test('without a secret gets 401 and changes nothing', async () => {
    const body = JSON.stringify(update());
    const response = await fetch(started.webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(401);
    expect(core.calls).toEqual([]);
  });

  test('that is larger than any of Telegram gets 413', async () => {
    expect((await post(' '.repeat(1024 * 1024) + JSON.stringify(update()))).status).toBe(413);
    expect(core.calls).toEqual([]);
  });

  test.each([
    ['no JSON', '{"update_id":'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['no update', '{"message":{}}'],
    ['a message of no chat', '{"update_id":1,"message":{"message_id":1}}'],
    ['a button that nobody pressed', '{"update_id":1,"callback_query":{"id":"1"}}'],
  ])('that is %s gets 400 and shows no stack', async (_, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toMatch(/\bat .*:\d+:\d+/);
    expect(core.calls).toEqual([]);
  });

  test('of a kind that means nothing to us is taken', async () => {
    expect((await post({ update_id: 1, poll: {} })).status).toBe(200);
    const odd = { ...update(), message: { ...update().message, photo: 'none' } };
    expect((await post(odd)).status, 'told in the log').toBe(200);
    expect(started.logs.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(core.calls).toEqual([]);
  });

  test('that takes too long is refused, and the same again joins it instead of running twice', async () => {
    await started.stop();
    await begin({ answerMaxMs: 20 });
    const gate = Promise.withResolvers<void>();
    core.answer = async () => {
      await gate.promise;
      return replying({ lines: [{ verbatim: 'done' }] });
    };
    expect((await post(update())).status).toBe(503);
    expect((await post(update())).status).toBe(503);
    gate.resolve();
    await waitUntil(() => core.answered.length === 1, 'the answer');
    expect((await post(update())).status).toBe(200);
    expect((await post({ ...update(), update_id: 99 })).status, 'under another id').toBe(200);
    expect(core.calls).toHaveLength(1);
    expect(callsOf('sendMessage')).toHaveLength(1);
  });

  test('waits for one of the same chat, not for one of another', async () => {
    const gate = Promise.withResolvers<void>();
    core.answer = async ({ text }) => {
      if (text === '/slow') await gate.promise;
      return { kind: 'none' };
    };
    const withText = (id: number, text: string, chatId: number) => {
      const { message } = update(id);
      return { update_id: id, message: { ...message, text, chat: { ...message.chat, id: chatId } } };
    };
    const slow = post(withText(1, '/slow', ada.id));
    await waitUntil(() => core.calls.length === 1, 'the slow one');
    const next = post(withText(2, '/next', ada.id));
    expect((await post(withText(3, '/other', 77))).status).toBe(200);
    expect(core.calls.map(({ text }) => text)).toEqual(['/slow', '/other']);
    gate.resolve();
    expect([(await slow).status, (await next).status]).toEqual([200, 200]);
    expect(core.calls.map(({ text }) => text)).toEqual(['/slow', '/other', '/next']);
  });

  test('does not wait for ever for one of the same chat', async () => {
    await started.stop();
    await begin({ laneWaitMs: 20 });
    const gate = Promise.withResolvers<void>();
    core.answer = async ({ text }) => {
      if (text === '/slow') await gate.promise;
      return { kind: 'none' };
    };
    await ada.write('bot', '/slow');
    await waitUntil(() => core.calls.length === 1, 'the slow one');
    expect((await post(update())).status).toBe(200);
    gate.resolve();
  });
});

describe('the webhook', () => {
  test('is set with its secret, its kinds of updates and its address', () => {
    const [call] = callsOf('setWebhook');
    expect(call?.params).toMatchObject({
      secret_token: webhookSecret,
      allowed_updates: ['message', 'callback_query', 'my_chat_member'],
      url: expect.stringContaining(`${started.webhookUrl}?`),
    });
    expect(String(call?.params.url)).not.toContain(webhookSecret);
    expect(callsOf('setWebhook')).toHaveLength(1);
  });

  test('is set again only where it differs: not by another process', async () => {
    const written = () => callsOf('setMyCommands').filter(({ status }) => status === 200).length;
    await waitUntil(() => written() === 6, 'menus of three scopes in two languages');
    const another = started.another();
    await another.platform.start(createScriptedCore());
    await waitUntil(() => callsOf('getWebhookInfo').length === 2, 'a second look');
    await waitUntil(() => callsOf('getMyCommands').length >= 12, 'commands were looked at twice');
    await another.platform.stop();
    expect(callsOf('setWebhook')).toHaveLength(1);
    expect(callsOf('setMyCommands')).toHaveLength(6);
    expect(started.server.commandMenu(ada.id, ada.id).map(({ command }) => command)).toContain('imagine');
  });

  test('tells no secret in the log when Telegram refuses it or is out of reach', async () => {
    await started.stop();
    started = await startTelegram('webhook');
    started.server.fail({ match: ({ method }) => method === 'getMe', kind: 'drop', times: 2 });
    started.server.fail({
      match: ({ method }) => method === 'setWebhook',
      kind: 'refused',
      description: 'Bad Request: bad webhook',
    });
    const second = createScriptedCore();
    await started.bot.platform.start(second);
    await waitUntil(() => started.logs.some(({ level }) => level === 'error'), 'a line in the log');
    const told = JSON.stringify(started.logs, (_, value) =>
      value instanceof Error ? { ...value, told: `${value.stack}` } : value,
    );
    expect(told).toContain('setting the webhook failed');
    expect(told).not.toContain(webhookSecret);
    expect(told).not.toContain(started.server.token.split(':')[1]);
    expect(started.logs.filter(({ message }) => message.includes('who the bot is'))).toHaveLength(1);
  });

  test('answers 503 before the bot knows who it is, and after it was stopped', async () => {
    await started.bot.platform.stop();
    expect((await post(update())).status).toBe(503);
    await started.bot.platform.stop();
    expect(core.calls).toEqual([]);
  });
});
