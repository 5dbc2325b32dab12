import { afterEach, describe, expect, test } from 'vitest';
import { endScenes, play } from '#tests/bots/discord/scene.ts';
import { replying, titled } from '#tests/bots/outgoing.ts';
import type { ScriptedCore } from '#tests/bots/scripted-core.ts';
import type { RecordedRequest } from '#tests/servers/discord-requests.ts';

afterEach(endScenes);

const isCallback = ({ path }: RecordedRequest) => path.endsWith('/callback');
const isOriginal = ({ method, path }: RecordedRequest) => method === 'GET' && path.endsWith('/messages/@original');

describe('the answer to an interaction of the gateway', () => {
  test.each([
    ['too many were given', { kind: 'rate_limited', retryAfterMs: 100 }],
    ['Discord has a fault', { kind: 'server_error' }],
    ['the connection is cut before', { kind: 'drop' }],
  ] as const)('is given once more when %s', async (_, fault) => {
    const { server, core, channel, mei, sam } = await play('gateway');
    server.fail({ match: isCallback, ...fault });
    core.next(replying(titled('the card'), '1'));
    expect(await mei.slash(channel, 'imagine', { prompt: 'a fox' })).toMatchObject({ kind: 'message' });
    await core.untilSent(1);
    expect(server.seen(channel, sam)).toMatchObject([{ id: core.sent[0]?.ref.message, text: 'the card' }]);
  });

  test('is found when it arrived and only the word of it was lost', async () => {
    const { server, core, channel, mei, sam } = await play('gateway');
    server.fail({ match: isCallback, kind: 'cut_after' });
    core.next(replying(titled('the card'), '1'));
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    await core.untilSent(1);
    expect(server.seen(channel, sam)).toMatchObject([{ id: core.sent[0]?.ref.message, text: 'the card' }]);
  });

  test('that comes too late to be private is given as a direct message; a card is left to the outbox', async () => {
    const { server, core, channel, mei, logs } = await play('gateway', { server: { answerWithinMs: 500 } });
    const { onCall } = core;
    core.onCall = (call) => {
      // The core takes it at once, but the clock has moved on.
      server.advance(1000);
      return onCall(call);
    };
    core.next(replying(titled('12 credits', { audience: 'private' })), replying(titled('the card'), '1'));
    await expect(mei.slash(channel, 'quota')).rejects.toThrow('The application did not respond');
    await server.until(mei.dm, mei, (messages) => messages.some(({ text }) => text === '12 credits'));
    await expect(mei.slash(channel, 'imagine', { prompt: 'a fox' })).rejects.toThrow('The application did not respond');
    await expect.poll(() => logs.filter(({ message }) => message.includes('could not be shown')).length).toBe(2);
    expect(core.sent).toEqual([]);
    expect(server.seen(mei.dm, mei)).toHaveLength(1);
  });

  test('is given by one of two processes that got the same one', async () => {
    const scene = await play('gateway');
    const { server, core, channel, mei } = scene;
    core.next(replying(titled('the card'), '1'), replying(titled('the card'), '1'));
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    await core.untilSent(1);
    await server.redeliver();
    await core.untilCalled(2);
    await scene.bot.platform.stop();
    expect(server.seen(channel, mei)).toHaveLength(1);
    expect(scene.logs.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});

describe('the answer in an HTTP response', () => {
  test('is found though Discord knows of it only a moment later', async () => {
    const { server, core, channel, mei } = await play('webhook');
    server.fail({ match: isOriginal, kind: 'refused', status: 404, code: 10015, times: 2 });
    core.next(replying(titled('the card'), '1'));
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    await core.untilSent(1);
    expect(server.seen(channel, mei)).toMatchObject([{ id: core.sent[0]?.ref.message, edits: 0 }]);
  });

  test('that is never found leaves the card to the outbox, told once', async () => {
    const { server, core, channel, mei, logs } = await play('webhook');
    server.fail({ match: isOriginal, kind: 'refused', status: 401, code: 50027, times: 9 });
    core.next(replying(titled('the card'), '1'));
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    await expect.poll(() => logs.filter(({ level }) => level === 'warn').length).toBe(1);
    expect(core.sent).toEqual([]);
    expect(JSON.stringify(logs)).not.toContain(server.requests.find(isOriginal)?.path.split('/')[3]);
  });
});

test('a stop waits for the answers that are under way', async () => {
  const { server, core, channel, mei, bot } = await play('gateway', { deferAfterMs: 20 });
  const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
  core.next(late.promise);
  await mei.slash(channel, 'imagine', { prompt: 'a fox' });
  const stopped = bot.platform.stop();
  late.resolve(replying(titled('the card'), '1'));
  await stopped;
  expect(core.sent).toHaveLength(1);
  expect(server.seen(channel, mei)).toMatchObject([{ text: 'the card' }]);
});
