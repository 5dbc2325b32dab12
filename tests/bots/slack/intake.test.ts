import { afterEach, describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { createScriptedCore, saying } from '#tests/bots/slack/scripted-core.ts';
import { i18n, type SlackMode, type StartedSlack, startSlack, waitUntil } from '#tests/bots/slack/start-slack.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A started platform with a person in a channel; afterwards nothing may have broken a rule of Slack's. */
async function open(mode: SlackMode = 'http', options: Parameters<typeof startSlack>[1] = {}) {
  const slack = await startSlack(mode, options);
  const core = createScriptedCore();
  await slack.start(core);
  const user = slack.team.addUser('ada', { locale: 'en-US' });
  const channel = slack.team.addChannel('studio');
  stops.push(async () => {
    await slack.stop();
    expect(slack.server.violations).toEqual([]);
  });
  const seen = (where = channel.id, who = user.id) => slack.server.seen(where, who).filter(({ fromBot }) => fromBot);
  return { ...slack, core, user, channel, seen };
}

function reader(locale: string) {
  return { locale, timeZone: 'Asia/Taipei' };
}

const modes = ['http', 'socket'] as const;
const calledOf = ({ server }: Pick<StartedSlack, 'server'>, method: string) =>
  server.requests.filter((request) => request.method === method);

describe.each(modes)('acknowledging over %s', (mode) => {
  it('answers privately with the acknowledgement when the core is in time', async () => {
    const slack = await open(mode);
    slack.core.answers.push(() => saying('two credits', { audience: 'private' }));
    const { body } = await slack.user.command(slack.channel, '/quota');
    expect(body).toMatchObject({ response_type: 'ephemeral' });
    expect(slack.seen()).toMatchObject([{ text: 'two credits', private: true }]);
    await slack.bot.settled();
    expect(slack.core.answered).toMatchObject([{ text: '/quota' }]);
    expect(calledOf(slack, 'respond')).toEqual([]);
  });

  it('acknowledges a command without the core when that takes too long, and answers later', async () => {
    const slack = await open(mode, { timing: { deferAfterMs: 10 } });
    const reply = Promise.withResolvers<Reply>();
    slack.core.answers.push(() => reply.promise);
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
    slack.core.answers.push(() => reply.promise);
    const written = slack.user.write(slack.channel, 'a fox', { mention: true });
    await waitUntil(() => slack.core.calls.length > 0, 'the core was asked');
    await slack.user.command(slack.channel, '/help');
    expect(slack.server.deliveries.find(({ type }) => type === 'app_mention')?.status).toBe(0);
    reply.resolve({ kind: 'none' });
    expect((await written).deliveries).toMatchObject([{ status: 200 }]);
  });

  it('runs a message once that comes as three events and in a retry, and shows its answer once', async () => {
    const slack = await open(mode);
    const card = () => saying('a card', {}, '7');
    slack.core.answers.push(card, card, card, card);
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
    slack.core.answers.push(() => Promise.reject(new Error('a bug')));
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

describe('where the answer goes', () => {
  it('a card is a message of its channel, and the core learns where', async () => {
    const { core, user, channel, seen, bot } = await open();
    core.answers.push(() => saying('a card', {}, '7'));
    await user.command(channel, '/imagine', 'a fox');
    await bot.settled();
    const [card] = seen();
    expect(card).toMatchObject({ text: 'a card', private: false });
    expect(core.sent).toEqual([{ postingId: '7', ref: { platform: 'slack', channel: channel.id, message: card?.ts } }]);
  });

  it('of a mention is the thread below it, or the one it is in', async () => {
    const { core, user, channel, seen, bot } = await open();
    core.answers.push(
      () => saying('a card', {}, '7'),
      () => saying('a second card', {}, '8'),
    );
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
    core.answers.push(
      () => saying('a card', {}, '7'),
      () => saying('only for you', { audience: 'private' }),
    );
    await user.dm('a fox');
    await user.dm('/quota');
    await bot.settled();
    const direct = user.dmChannel().id;
    expect(seen(direct)).toMatchObject([{ text: 'a card' }, { text: 'only for you', private: false }]);
    expect(core.calls).toMatchObject([
      { text: 'a fox', bare: true, channel: { platformId: direct, name: 'ada' }, conversation: { channel: direct } },
      { text: '/quota', conversation: { channel: direct } },
    ]);
    expect(core.calls[1]).not.toHaveProperty('bare');
  });

  it('of a command in the direct messages is there', async () => {
    const { core, user, seen, bot } = await open();
    core.answers.push(() => saying('a card', {}, '7'));
    await user.command(user.dmChannel(), '/imagine', 'a fox');
    await bot.settled();
    expect(seen(user.dmChannel().id)).toMatchObject([{ text: 'a card' }]);
    expect(core.calls[0]).not.toHaveProperty('elsewhere');
  });

  it.each([
    ['at the top of a channel', false],
    ['in a thread', true],
  ])('of a private answer to a mention %s is only where the person sees it', async (_, inThread) => {
    const { core, user, channel, seen, bot, team } = await open();
    const other = team.addUser('bo');
    const { message } = await user.write(channel, 'hello');
    await other.write(channel, 'hello too', { thread: message.ts });
    core.answers.push(() => saying('only for you', { audience: 'private' }));
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
    core.answers.push(() => saying('a card', { actions }, '7'));
    await user.command(channel, '/imagine', 'a fox');
    await bot.settled();
    const [card] = seen();
    if (!card) throw new Error('there is no card');
    slack.server.fail({ match: ({ method }) => method === 'respond', kind: 'server_error' });
    core.answers.push(() => saying('two credits', { audience: 'private' }));
    await user.press(card, 'quota');
    await bot.settled();
    expect(seen().slice(1)).toMatchObject([{ text: 'two credits', private: true }]);
    expect(calledOf(slack, 'chat.postEphemeral')).toHaveLength(1);
    expect(seen()[0]).toMatchObject({ text: 'a card', edits: 0 });
  });

  it('of several messages is all of them, in order', async () => {
    const { core, user, channel, seen, bot } = await open();
    const long = 'word '.repeat(2000).trim();
    core.answers.push(() => saying(long, { audience: 'private' }));
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
    core.answers.push(
      () => saying('a card', { locale: 'zh-TW' }, '7'),
      () => ({ kind: 'later' }),
    );
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
    core.answers.push(() => saying('two credits', { audience: 'private' }));
    await user.command(channel, '/quota');
    await channel.invite('bot');
    core.answers.push(() => saying('a card', {}, '7'));
    await user.command(channel, '/imagine', 'a fox');
    await bot.settled();
    expect(seen(channel.id).map(({ text }) => text)).toEqual(['two credits', 'a card']);
    expect(core.calls[1]).not.toHaveProperty('elsewhere');
  });
});

describe('what cannot be shown', () => {
  it('a card is left to the outbox: logged once, and not told elsewhere', async () => {
    const slack = await open();
    slack.server.fail({ match: ({ method }) => method === 'chat.postMessage', kind: 'forbidden', times: 9 });
    slack.core.answers.push(() => saying('a card', {}, '7'));
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
    slack.core.answers.push(() => saying('hello'));
    await slack.user.command(slack.channel, '/help');
    await slack.bot.settled();
    expect(slack.seen()).toMatchObject([{ text: 'hello', private: true }]);
  });

  it('pictures in a private answer are left out, the words are there', async () => {
    const { core, user, channel, seen, bot } = await open();
    const picture = { blob: 'x', type: 'png', width: 8, height: 8, alt: { verbatim: 'x' }, name: 'x.png' } as const;
    core.answers.push(() => saying('its state', { audience: 'private', images: [picture] }));
    await user.command(channel, '/easel', 'status k7m2q4');
    await bot.settled();
    expect(seen()).toMatchObject([{ text: 'its state', images: [] }]);
  });
});

describe('who speaks', () => {
  it.each([
    [{ primaryOwner: true }, 'owner'],
    [{ owner: true }, 'admin'],
    [{ admin: true }, 'admin'],
    [{}, 'member'],
    [{ guest: true }, 'guest'],
  ])('%j is %s', async (facts, standing) => {
    const { core, team, channel, bot } = await open();
    const user = team.addUser('cy', { ...facts, locale: 'pt-BR' });
    if ('guest' in facts) await channel.invite(user);
    await user.command(channel, '/quota');
    await bot.settled();
    expect(core.calls).toMatchObject([
      {
        account: { platformId: user.id, name: 'cy', standing },
        locale: 'pt-BR',
        workspace: { platformId: team.id, name: 'Studio' },
      },
    ]);
  });

  it('counts as a member while Slack does not say, and is asked about again', async () => {
    const slack = await open();
    const owner = slack.team.addUser('cy', { primaryOwner: true });
    slack.server.fail({ match: ({ method }) => method === 'users.info', kind: 'server_error' });
    await owner.command(slack.channel, '/quota');
    await owner.command(slack.channel, '/quota');
    expect(slack.core.calls.map(({ account }) => account.standing)).toEqual(['member', 'owner']);
    expect(slack.logs.some(({ level, values }) => level === 'warn' && values.user === owner.id)).toBe(true);
  });

  it('is not asked about while Slack has said to wait', async () => {
    const slack = await open();
    slack.server.fail({ match: ({ method }) => method === 'users.info', kind: 'rate_limited', retryAfterMs: 60_000 });
    for (let count = 0; count < 5; count += 1) await slack.user.command(slack.channel, '/quota');
    expect(calledOf(slack, 'users.info')).toHaveLength(1);
    expect(slack.core.calls).toHaveLength(5);
  });

  it('is looked up once for many commands', async () => {
    const slack = await open();
    for (let count = 0; count < 5; count += 1) await slack.user.command(slack.channel, '/quota');
    expect(calledOf(slack, 'users.info')).toHaveLength(1);
    expect(calledOf(slack, 'conversations.info')).toHaveLength(1);
  });

  it('and names others as they are called there', async () => {
    const { core, team, user, channel, bot } = await open();
    team.addUser('bo');
    await user.write(channel, 'a portrait of @bo for #studio', { mention: true });
    await bot.settled();
    expect(core.calls).toMatchObject([{ text: 'a portrait of @bo for #studio', bare: true }]);
  });
});

it('says at the start which scopes the token lacks', async () => {
  const slack = await startSlack('http');
  stops.push(slack.stop);
  slack.team.setScopes(['chat:write', 'commands']);
  await slack.start(createScriptedCore());
  await waitUntil(() => slack.logs.some(({ values }) => 'lacking' in values), 'it is told');
  expect(slack.logs.find(({ values }) => 'lacking' in values)?.values.lacking).toContain('files:write');
});

it('never shows a token in a log, whatever goes wrong', async () => {
  const slack = await open('socket', { botToken: 'xoxb-of-nobody' });
  slack.core.answers.push(() => saying('a card', {}, '7'));
  await slack.user.command(slack.channel, '/imagine', 'a fox');
  await slack.bot.settled();
  await waitUntil(() => slack.logs.some(({ message }) => message.includes('SLACK_BOT_TOKEN')), 'it is told');
  const written = JSON.stringify(slack.logs, (_, value) =>
    value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value,
  );
  expect(written).not.toContain('xoxb-of-nobody');
  expect(written).not.toContain(slack.server.appToken);
});
