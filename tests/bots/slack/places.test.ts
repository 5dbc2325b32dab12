import { describe, expect, it } from 'vitest';
import { i18n } from '#tests/bots/bot-deps.ts';
import { saying } from '#tests/bots/outgoing.ts';
import { calledOf, open, reader } from '#tests/bots/slack/scene.ts';

describe('where the answer goes', () => {
  it('a card is a message of its channel, and the core learns where', async () => {
    const { core, user, channel, seen, bot } = await open();
    core.next(saying('a card', {}, '7'));
    await user.command(channel, '/imagine', 'a fox');
    await bot.settled();
    const [card] = seen();
    expect(card).toMatchObject({ text: 'a card', private: false });
    expect(core.sent).toEqual([{ postingId: '7', ref: { platform: 'slack', channel: channel.id, message: card?.ts } }]);
  });

  it('of a mention is the thread below it, or the one it is in', async () => {
    const { core, user, channel, seen, bot } = await open();
    core.next(saying('a card', {}, '7'), saying('a second card', {}, '8'));
    const { message } = await user.write(channel, 'a fox', { mention: true });
    await bot.settled();
    await user.write(channel, 'a hen', { mention: true, thread: message.ts });
    await bot.settled();
    expect(seen().map(({ text, thread }) => [text, thread])).toEqual([
      ['a card', message.ts],
      ['a second card', message.ts],
    ]);
    expect(core.calls.map(({ conversation }) => conversation.thread)).toEqual([message.ts, message.ts]);
  });

  it('of a direct message is its own place, without a mention', async () => {
    const { core, user, seen, bot } = await open();
    core.next(saying('a card', {}, '7'), saying('only for you', { audience: 'private' }));
    await user.dm('a fox');
    await user.dm('/quota');
    await bot.settled();
    const direct = user.dmChannel().id;
    expect(seen(direct)).toMatchObject([{ text: 'a card' }, { text: 'only for you', private: false }]);
    expect(core.calls).toMatchObject([
      {
        text: 'a fox',
        bare: true,
        channel: { platformId: direct, name: 'ada', direct: true },
        conversation: { channel: direct },
      },
      { text: '/quota', conversation: { channel: direct } },
    ]);
    expect(core.calls[1]).not.toHaveProperty('bare');
  });

  it('of a command in the direct messages is there', async () => {
    const { core, user, seen, bot } = await open();
    core.next(saying('a card', {}, '7'));
    await user.command(user.dmChannel(), '/imagine', 'a fox');
    await bot.settled();
    expect(seen(user.dmChannel().id)).toMatchObject([{ text: 'a card' }]);
    expect(core.calls[0]).not.toHaveProperty('elsewhere');
    expect(core.calls[0]?.channel.direct).toBe(true);
  });

  it.each([
    ['at the top of a channel', false],
    ['in a thread', true],
  ])('of a private answer to a mention %s is only where the person sees it', async (_, inThread) => {
    const { core, user, channel, seen, bot, team } = await open();
    const other = team.addUser('bo');
    const { message } = await user.write(channel, 'hello');
    await other.write(channel, 'hello too', { thread: message.ts });
    core.next(saying('only for you', { audience: 'private' }));
    await user.write(channel, 'quota', { mention: true, ...(inThread ? { thread: message.ts } : {}) });
    await bot.settled();
    expect(seen()).toMatchObject([{ text: 'only for you', private: true }]);
    expect(seen()[0]?.thread).toBe(inThread ? message.ts : undefined);
    expect(seen(channel.id, other.id)).toEqual([]);
  });

  it('of a press is private, also where the answer is late or the address is used up', async () => {
    const slack = await open('http', { timing: { deferAfterMs: 10 } });
    const { core, user, channel, seen, bot } = slack;
    const actions = [{ id: 'quota', label: { verbatim: 'Quota' }, style: 'secondary' as const }];
    core.next(saying('a card', { actions }, '7'));
    await user.command(channel, '/imagine', 'a fox');
    await bot.settled();
    const [card] = seen();
    if (!card) throw new Error('there is no card');
    slack.server.fail({ match: ({ method }) => method === 'respond', kind: 'server_error' });
    core.next(saying('two credits', { audience: 'private' }));
    await user.press(card, 'quota');
    await bot.settled();
    expect(seen().slice(1)).toMatchObject([{ text: 'two credits', private: true }]);
    expect(calledOf(slack, 'chat.postEphemeral')).toHaveLength(1);
    expect(seen()[0]).toMatchObject({ text: 'a card', edits: 0 });
  });

  it('of several messages is all of them, in order', async () => {
    const { core, user, channel, seen, bot } = await open();
    const long = 'word '.repeat(2000).trim();
    core.next(saying(long, { audience: 'private' }));
    await user.command(channel, '/help');
    await bot.settled();
    expect(seen().length).toBeGreaterThan(1);
    expect(seen().flatMap(({ text }) => text.trim().split(/\s+/))).toHaveLength(2000);
  });
});

describe.each([
  ['a private channel without the bot', { private: true, bot: false }],
  ['a public channel without the bot', { bot: false }],
])('in %s', (_, options) => {
  it('results come by direct message, and the person is told so', async () => {
    const slack = await open();
    const { core, bot, team, seen } = slack;
    const user = team.addUser('bo', { locale: 'zh-TW' });
    const channel = team.addChannel('secret', options);
    if ('private' in options) await channel.invite(user);
    core.next(saying('a card', { locale: 'zh-TW' }, '7'), () => ({ kind: 'later' }));
    await user.command(channel, '/imagine', 'a fox');
    await user.command(channel, '/imagine', 'a hen');
    await bot.settled();
    const note = i18n.say({ key: 'delivery.direct' }, reader('zh-TW'));
    expect(seen(channel.id, user.id)).toMatchObject([
      { text: note, private: true },
      { text: note, private: true },
    ]);
    const direct = user.dmChannel().id;
    expect(seen(direct, user.id)).toMatchObject([{ text: 'a card' }]);
    expect(core.sent).toMatchObject([{ ref: { channel: direct } }]);
    expect(core.calls[0]).toMatchObject({
      channel: { platformId: channel.id },
      conversation: { channel: direct },
      elsewhere: { platformId: direct, name: 'bo' },
    });
  });

  it('private answers still come with the acknowledgement, and once it is invited results stay there', async () => {
    const { core, bot, team, seen, user } = await open();
    const channel = team.addChannel('secret', options);
    if ('private' in options) await channel.invite(user);
    core.next(saying('two credits', { audience: 'private' }));
    await user.command(channel, '/quota');
    await channel.invite('bot');
    core.next(saying('a card', {}, '7'));
    await user.command(channel, '/imagine', 'a fox');
    await bot.settled();
    expect(seen(channel.id).map(({ text }) => text)).toEqual(['two credits', 'a card']);
    expect(core.calls[1]).not.toHaveProperty('elsewhere');
  });
});
