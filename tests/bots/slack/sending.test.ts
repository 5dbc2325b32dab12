import { describe, expect, it } from 'vitest';
import { budgets } from '#bots/slack/limits.ts';
import { planned, titled } from '#tests/bots/outgoing.ts';
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
    expect(update).toMatchObject({ ...limited, budget: budgets(planned('edit', { workspace: team.id }))[0]?.key });
    const message = await gallery(1);
    const upload = await failed(platform.send(to, message, attempt()));
    expect(upload).toMatchObject({
      ...limited,
      budget: budgets(planned('send', { workspace: team.id, images: 1 }))[0]?.key,
    });
  });

  it('a message that is gone cannot be edited, and is not tried again', async () => {
    const { platform, to, attempt, server, channel, user, seen } = await open();
    const ref = await platform.send(to, words, attempt());
    server.fail({ match: ({ method }) => method === 'chat.update', kind: 'refused', error: 'message_not_found' });
    expect(await failed(platform.edit(ref, words, attempt()))).toMatchObject({
      reason: 'missing',
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
  const gallery = planned('send', { workspace: 'T1', images: 10 });

  it.each([
    ['chat.update', 50, planned('edit', { workspace: 'T1' })],
    ['chat.postMessage', 300, planned('send', { workspace: 'T1' })],
    ['files.getUploadURLExternal', 100, gallery],
    ['files.completeUploadExternal', 100, gallery],
    ['files.info', 100, gallery],
  ])('%s stays under %i in any minute', (method, max, call) => {
    const budget = budgets(call).find(({ key }) => key === `${method}:T1`);
    expect(budget?.limit).toBeLessThanOrEqual(max);
    expect(budget?.windowMs).toBeGreaterThan(60_000);
  });

  it('counts a picture as a call, every look that may be needed, and workspaces apart', () => {
    expect(budgets(gallery).map(({ cost }) => cost)).toEqual([10, 1, 9]);
    expect(budgets(planned('edit', { workspace: 'T2' })).map(({ key }) => key)).toEqual(['chat.update:T2']);
  });

  it('counts the looks that were not needed as none', async () => {
    const { platform, to, attempt, gallery: pictures, called } = await open();
    const used: [string, number][] = [];
    await platform.send(to, await pictures(2), { ...attempt(), used: (...counted) => used.push(counted) });
    expect(used.at(-1)).toEqual(['files.info', called('files.info').length]);
  });
});
