import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { saying } from '#tests/bots/outgoing.ts';
import { createScriptedCore } from '#tests/bots/scripted-core.ts';
import { calledOf, open, reader, stopAfterwards } from '#tests/bots/slack/scene.ts';
import { startSlack } from '#tests/bots/slack/start-slack.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';

const modes = ['http', 'socket'] as const;

describe.each(modes)('acknowledging over %s', (mode) => {
  it('answers privately with the acknowledgement when the core is in time', async () => {
    const slack = await open(mode);
    slack.core.next(saying('two credits', { audience: 'private' }));
    const { body } = await slack.user.command(slack.channel, '/quota');
    expect(body).toMatchObject({ response_type: 'ephemeral' });
    expect(slack.seen()).toMatchObject([{ text: 'two credits', private: true }]);
    await slack.bot.settled();
    expect(slack.core.calls).toMatchObject([{ text: '/quota' }]);
    expect(slack.core.answered).toEqual([slack.core.calls[0]?.deliveryKey]);
    expect(calledOf(slack, 'respond')).toEqual([]);
  });

  it('acknowledges a command without the core when that takes too long, and answers later', async () => {
    const slack = await open(mode, { timing: { deferAfterMs: 10 } });
    const reply = Promise.withResolvers<Reply>();
    slack.core.next(reply.promise);
    const { body } = await slack.user.command(slack.channel, '/quota');
    expect(body ?? {}).toEqual({});
    expect(slack.seen()).toEqual([]);
    reply.resolve(saying('two credits', { audience: 'private' }));
    await slack.bot.settled();
    expect(slack.seen()).toMatchObject([{ text: 'two credits', private: true }]);
  });

  it('acknowledges a message only when what it says cannot be lost', async () => {
    const slack = await open(mode, { timing: { deferAfterMs: 10 } });
    const reply = Promise.withResolvers<Reply>();
    slack.core.next(reply.promise);
    const written = slack.user.write(slack.channel, 'a fox', { mention: true });
    await waitUntil(() => slack.core.calls.length > 0, 'the core was asked');
    await slack.user.command(slack.channel, '/help');
    expect(slack.server.deliveries.find(({ type }) => type === 'app_mention')?.status).toBe(0);
    reply.resolve({ kind: 'none' });
    expect((await written).deliveries).toMatchObject([{ status: 200 }]);
  });

  it('runs a message once that comes as three events and in a retry, and shows its answer once', async () => {
    const slack = await open(mode);
    const card = saying('a card', {}, '7');
    slack.core.next(card, card, card, card);
    const { deliveries } = await slack.user.write(slack.channel, 'a fox', { mention: true });
    const [first] = deliveries;
    if (!first) throw new Error('there is no event');
    await Promise.all([
      slack.server.repeat(first, { newEventId: true }),
      slack.server.repeat(first, { newEventId: true }),
      slack.server.repeat(first, { retry: { num: 1, reason: 'http_timeout' } }),
    ]);
    await slack.bot.settled();
    expect(slack.core.calls).toHaveLength(1);
    expect(slack.seen()).toHaveLength(1);
    expect(slack.core.sent).toHaveLength(1);
  });

  it('says sorry in the language of the person, with a reference, when something of ours breaks', async () => {
    const slack = await open(mode);
    await slack.user.change({ locale: 'zh-TW' });
    slack.core.next(() => Promise.reject(new Error('a bug')));
    await slack.user.command(slack.channel, '/quota');
    await slack.bot.settled();
    const errors = slack.logs.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    const sentence = i18n.say({ key: 'errors.bug', values: { reference: '' } }, reader('zh-TW'));
    const [told] = slack.seen();
    expect(told).toMatchObject({ private: true });
    expect(told?.text).toContain(sentence);
    expect(told?.text).toContain(slack.core.calls[0]?.requestId);
    expect(told?.text).not.toContain('a bug');
  });
});

describe('what cannot be shown', () => {
  it('a card is left to the outbox: logged once, and not told elsewhere', async () => {
    const slack = await open();
    slack.server.fail({ match: ({ method }) => method === 'chat.postMessage', kind: 'forbidden', times: 9 });
    slack.core.next(saying('a card', {}, '7'));
    await slack.user.command(slack.channel, '/imagine', 'a fox');
    await slack.bot.settled();
    expect(slack.seen()).toEqual([]);
    expect(slack.core.sent).toEqual([]);
    expect(calledOf(slack, 'chat.postMessage')).toHaveLength(1);
    expect(slack.logs.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('an answer that nothing else would show is told to the person alone', async () => {
    const slack = await open();
    slack.server.fail({
      match: ({ method }) => method === 'chat.postMessage',
      kind: 'refused',
      error: 'restricted_action',
    });
    slack.core.next(saying('hello'));
    await slack.user.command(slack.channel, '/help');
    await slack.bot.settled();
    expect(slack.seen()).toMatchObject([{ text: 'hello', private: true }]);
  });

  it('pictures in a private answer are left out, the words are there', async () => {
    const { core, user, channel, seen, bot } = await open();
    const picture = { blob: 'x', type: 'png', width: 8, height: 8, alt: { verbatim: 'x' }, name: 'x.png' } as const;
    core.next(saying('its state', { audience: 'private', images: [picture] }));
    await user.command(channel, '/easel', 'status k7m2q4');
    await bot.settled();
    expect(seen()).toMatchObject([{ text: 'its state', images: [] }]);
  });
});

it('says at the start which scopes the token lacks', async () => {
  const slack = await startSlack('http');
  stopAfterwards(slack.stop);
  slack.team.setScopes(['chat:write', 'commands']);
  await slack.start(createScriptedCore());
  await waitUntil(() => slack.logs.some(({ values }) => 'lacking' in values), 'it is told');
  expect(slack.logs.find(({ values }) => 'lacking' in values)?.values.lacking).toContain('files:write');
});

it('never shows a token in a log, whatever goes wrong', async () => {
  const slack = await open('socket', { botToken: 'xoxb-of-nobody' });
  slack.core.next(saying('a card', {}, '7'));
  await slack.user.command(slack.channel, '/imagine', 'a fox');
  await slack.bot.settled();
  await waitUntil(() => slack.logs.some(({ message }) => message.includes('SLACK_BOT_TOKEN')), 'it is told');
  const written = JSON.stringify(slack.logs, (_, value) =>
    value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value,
  );
  expect(written).not.toContain('xoxb-of-nobody');
  expect(written).not.toContain(slack.server.appToken);
});
