import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Lease } from '#bots/define.ts';
import { replying } from '#tests/bots/outgoing.ts';
import { createScriptedCore, type ScriptedCore } from '#tests/bots/scripted-core.ts';
import { type StartedTelegram, startTelegram } from '#tests/bots/telegram/start-telegram.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import type { TelegramPerson } from '#tests/servers/telegram-people.ts';

let started: StartedTelegram;
let core: ScriptedCore;
let ada: TelegramPerson;
let bo: TelegramPerson;

async function begin(options: Parameters<typeof startTelegram>[1] = {}): Promise<void> {
  started = await startTelegram('polling', options);
  core = createScriptedCore();
  ada = started.server.addPerson('Ada', { started: true });
  bo = started.server.addPerson('Bo', { started: true });
}
beforeEach(() => begin());
afterEach(async () => {
  await started.stop();
  expect(started.server.violations).toEqual([]);
});

const callsOf = (method: string) => started.server.requests.filter((request) => request.method === method);
const texts = () => core.calls.map(({ text }) => text);
const linesWith = (words: string) => started.logs.filter(({ message }) => message.includes(words));

describe('updates', () => {
  test('that wait are taken, though a webhook was there before', async () => {
    started.server.deliverTo('http://127.0.0.1:9/nobody');
    await ada.write('bot', '/early');
    await started.start(core);
    await waitUntil(() => core.calls.length === 1, 'the early one');
    expect(callsOf('deleteWebhook')[0]?.params).toMatchObject({ drop_pending_updates: false });
    expect(callsOf('getUpdates')[0]?.params).toMatchObject({
      allowed_updates: ['message', 'callback_query', 'my_chat_member'],
    });
  });

  test('that the bot was blocked say which private chat is left', async () => {
    await started.start(core);
    ada.block();
    await waitUntil(() => core.removed.length === 1, 'the news');
    expect(core.removed).toEqual([['telegram', String(ada.id)]]);
    ada.unblock();
    await ada.write('bot', '/back');
    await waitUntil(() => core.calls.length === 1, 'who is back');
    expect(core.removed).toHaveLength(1);
  });

  test('of one chat are taken in their order, of several side by side', async () => {
    const gate = Promise.withResolvers<void>();
    core.answer = async ({ text }) => {
      if (text === '/first') await gate.promise;
      return { kind: 'none' };
    };
    await ada.write('bot', '/first');
    await ada.write('bot', '/second');
    await bo.write('bot', '/other');
    await started.start(core);
    await waitUntil(() => core.calls.length === 2, 'both chats');
    expect(texts()).toEqual(['/first', '/other']);
    gate.resolve();
    await waitUntil(() => core.calls.length === 3, 'the rest');
    expect(texts()).toEqual(['/first', '/other', '/second']);
  });

  test('go on coming while a slow one is at work', async () => {
    const gate = Promise.withResolvers<void>();
    core.answer = async ({ text }) => {
      if (text === '/slow') await gate.promise;
      return { kind: 'none' };
    };
    await started.start(core);
    await ada.write('bot', '/slow');
    await waitUntil(() => core.calls.length === 1, 'the slow one');
    for (const text of ['/one', '/two', '/three']) {
      const count = core.calls.length;
      await bo.write('bot', text);
      await waitUntil(() => core.calls.length > count, text);
    }
    expect(started.server.pending, 'nothing is forgotten before the slow one is safe').toBe(4);
    gate.resolve();
    await started.server.taken();
    expect(texts()).toEqual(['/slow', '/one', '/two', '/three']);
  });

  test('that were taken and not committed are there for the next process, those before them are not', async () => {
    const gate = Promise.withResolvers<void>();
    core.answer = async ({ text }) => {
      if (text === '/lost') await gate.promise;
      return { kind: 'none' };
    };
    await started.start(core);
    await ada.write('bot', '/safe');
    await started.server.taken();
    await bo.write('bot', '/lost');
    await waitUntil(() => core.calls.length === 2, 'the one that hangs');
    // As kill -9 leaves it: nothing of the first process does any more.
    started.server.deliverTo('http://127.0.0.1:9/nobody');
    const second = createScriptedCore();
    const another = started.another();
    await another.platform.start(second);
    await waitUntil(() => second.calls.length === 1, 'the next process');
    expect(second.calls.map(({ text }) => text)).toEqual(['/lost']);
    await started.server.taken();
    await another.platform.stop();
    gate.resolve();
  });

  test('whose answer is not shown yet are not forgotten, for a while', async () => {
    await started.stop();
    await begin({ timing: { shownWaitMs: 100_000 } });
    core.answer = () => replying({ lines: [{ verbatim: 'an answer' }] });
    started.server.fail({ match: ({ method }) => method === 'sendMessage', kind: 'rate_limited', retryAfterMs: 1000 });
    await started.start(core);
    await ada.write('bot', '/help');
    await waitUntil(() => callsOf('sendMessage').length === 1, 'the first try');
    expect(started.server.pending).toBe(1);
    await started.server.taken();
    expect(core.answered).toHaveLength(1);
  });

  test('are confirmed at the end, so that nobody takes them again', async () => {
    await started.start(core);
    await ada.write('bot', '/last');
    await waitUntil(() => core.calls.length === 1, 'the last one');
    await started.bot.platform.stop();
    expect(started.server.pending).toBe(0);
    await started.bot.platform.stop();
  });

  test('that come twice are answered once', async () => {
    core.answer = () => replying({ lines: [{ verbatim: 'an answer' }] });
    await started.start(core);
    await ada.write('bot', '/help');
    await started.server.taken();
    const polls = callsOf('getUpdates').length;
    await started.server.redeliver();
    await waitUntil(() => callsOf('getUpdates').length > polls, 'the repeat was taken');
    expect(callsOf('sendMessage')).toHaveLength(1);
    expect(core.calls).toHaveLength(1);
  });
});

describe('polling', () => {
  test('starts at once though Telegram is out of reach, tells it once and goes on', async () => {
    started.server.fail({ match: () => true, kind: 'drop', times: 5 });
    await started.bot.platform.start(core);
    await ada.write('bot', '/hello');
    await waitUntil(() => core.calls.length === 1, 'the update');
    expect(linesWith('who the bot is')).toHaveLength(1);
  });

  test('backs off from another program with the same token, and says so once', async () => {
    const isPoll = ({ method }: { method: string }) => method === 'getUpdates';
    const description = 'Conflict: terminated by other getUpdates request';
    started.server.fail({ match: isPoll, kind: 'refused', status: 409, description, times: 3 });
    await started.start(core);
    await ada.write('bot', '/hello');
    await waitUntil(() => core.calls.length === 1, 'the update');
    expect(linesWith('another program takes the updates')).toHaveLength(1);
    expect(linesWith('polling goes on')).toHaveLength(1);
  });

  test('stops for good at a token that is not valid, and names the variable, not the token', async () => {
    await started.stop();
    await begin({ token: '7100000001:AAwrong' });
    await started.bot.platform.start(core);
    await waitUntil(() => linesWith('TELEGRAM_BOT_TOKEN').length === 1, 'a line in the log');
    const asked = started.server.requests.length;
    await started.bot.platform.stop();
    expect(started.server.requests).toHaveLength(asked);
    expect(linesWith('TELEGRAM_BOT_TOKEN')).toMatchObject([{ level: 'error' }]);
    expect(
      JSON.stringify(started.logs, (_, value) => (value instanceof Error ? `${value.stack}` : value)),
    ).not.toContain('AAwrong');
  });

  test('stops at a token that was taken back while it went on', async () => {
    await started.start(core);
    const isPoll = ({ method }: { method: string }) => method === 'getUpdates';
    started.server.fail({ match: isPoll, kind: 'refused', status: 401, description: 'Unauthorized' });
    await ada.write('bot', '/hello');
    await waitUntil(() => linesWith('polling stops').length === 1, 'a line in the log');
    expect(linesWith('polling stops')).toMatchObject([{ level: 'error' }]);
  });

  test('is for the one process that holds the lease, and ends when it loses it', async () => {
    await started.stop();
    let held: { run: (signal: AbortSignal) => Promise<void>; name: string } | undefined;
    const lease: Lease = {
      hold(name, run) {
        held = { name, run };
        return { stop: async () => undefined };
      },
    };
    await begin({ lease });
    await started.bot.platform.start(core);
    expect(held?.name).toBe('telegram');
    expect(started.server.requests).toEqual([]);
    const lost = new AbortController();
    const running = held?.run(lost.signal);
    await ada.write('bot', '/hello');
    await waitUntil(() => core.calls.length === 1, 'the update');
    lost.abort();
    await running;
    expect(started.server.pending).toBe(0);
    const asked = started.server.requests.length;
    await ada.write('bot', '/later');
    expect(started.server.pending).toBe(1);
    expect(started.server.requests).toHaveLength(asked);
  });
});
