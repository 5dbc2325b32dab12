import { describe, expect, it } from 'vitest';
import { budgets } from '#bots/slack/limits.ts';
import type { OutgoingImage } from '#core/ports/chat.ts';
import { outgoing, titled } from '#tests/bots/outgoing.ts';
import { failed, open } from '#tests/bots/slack/sending-scene.ts';

describe('what goes wrong', () => {
  const words = titled('words');

  it.each([
    ['is archived', 'gone', (slack: Awaited<ReturnType<typeof open>>) => slack.channel.archive()],
    ['is deleted', 'gone', (slack: Awaited<ReturnType<typeof open>>) => slack.channel.remove()],
    ['has removed the bot', 'forbidden', (slack: Awaited<ReturnType<typeof open>>) => slack.channel.kick('bot')],
    [
      'is of a workspace that removed the app',
      'gone',
      (slack: Awaited<ReturnType<typeof open>>) => slack.team.uninstall(),
    ],
  ])('a channel that %s is %s', async (_, reason, act) => {
    const slack = await open();
    const ref = await slack.platform.send(slack.to, words, slack.attempt());
    const message = await slack.gallery(1);
    await act(slack);
    const calls = [
      () => slack.platform.send(slack.to, words, slack.attempt()),
      () => slack.platform.send(slack.to, message, slack.attempt()),
      () => slack.platform.edit(ref, words, slack.attempt()),
    ];
    for (const call of calls) {
      expect(await failed(call())).toMatchObject({ name: 'DeliveryError', retryable: false });
    }
    expect(await failed(slack.platform.send(slack.to, words, slack.attempt()))).toMatchObject({ reason });
  });

  it('a rate limit says how long, and of what: a channel for messages, else the method in the workspace', async () => {
    const { platform, to, attempt, fail, team, gallery } = await open();
    const ref = await platform.send(to, words, attempt());
    for (const method of ['chat.postMessage', 'chat.update', 'files.getUploadURLExternal']) {
      fail(method, { kind: 'rate_limited', retryAfterMs: 7000 });
    }
    const limited = { reason: 'rate_limited', retryable: true, retryAfterMs: 7000 };
    expect(await failed(platform.send(to, words, attempt()))).toMatchObject({ ...limited, budget: undefined });
    const update = await failed(platform.edit(ref, words, attempt()));
    expect(update).toMatchObject({ ...limited, budget: budgets('edit', team.id, words)[0]?.key });
    const message = await gallery(1);
    const upload = await failed(platform.send(to, message, attempt()));
    expect(upload).toMatchObject({ ...limited, budget: budgets('send', team.id, message)[0]?.key });
  });

  it('a message that is gone cannot be edited, and is not tried again', async () => {
    const { platform, to, attempt, server, channel, user, seen } = await open();
    const ref = await platform.send(to, words, attempt());
    server.fail({ match: ({ method }) => method === 'chat.update', kind: 'refused', error: 'message_not_found' });
    expect(await failed(platform.edit(ref, words, attempt()))).toMatchObject({
      reason: 'bad_request',
      retryable: false,
    });
    expect(server.seen(channel.id, user.id)).toHaveLength(seen().length);
  });

  it('a person who left gets nothing, and it is said so', async () => {
    const { platform, team } = await open();
    const gone = team.addUser('cy', { deactivated: true });
    expect(await failed(platform.direct(team.id, gone.id))).toMatchObject({ reason: 'forbidden', retryable: false });
    expect(await failed(platform.direct(team.id, 'U0NOBODY'))).toMatchObject({ reason: 'gone', retryable: false });
  });
});

describe('pacing', () => {
  /** The most calls that a budget lets through in one minute. */
  const minuteOf = ({ everyMs, burst }: { everyMs: number; burst: number }) => burst + 60_000 / everyMs;
  const part = outgoing({ images: Array.from({ length: 10 }, () => ({}) as OutgoingImage) });

  it.each([
    ['chat.update', 50, budgets('edit', 'T1', outgoing())],
    ['chat.postMessage', 300, budgets('send', 'T1', outgoing())],
    ['files.getUploadURLExternal', 100, budgets('send', 'T1', part)],
    ['files.completeUploadExternal', 100, budgets('send', 'T1', part)],
    ['files.info', 100, budgets('send', 'T1', part)],
  ])('%s stays under %i a minute', (method, max, drawn) => {
    const budget = drawn.find(({ key }) => key === `${method}:T1`);
    expect(minuteOf(budget ?? { everyMs: 1, burst: 0 })).toBeLessThanOrEqual(max);
  });

  it('counts a picture as a call, and workspaces apart', () => {
    expect(budgets('send', 'T1', part).map(({ cost }) => cost)).toEqual([10, 1, 3]);
    expect(budgets('edit', 'T2', part).map(({ key }) => key)).toEqual(['chat.update:T2']);
  });
});
