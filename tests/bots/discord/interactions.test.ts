import { afterEach, describe, expect, test } from 'vitest';
import { i18n } from '#tests/bots/bot-deps.ts';
import { attempt, endScenes, play } from '#tests/bots/discord/scene.ts';
import { asking, replying, titled } from '#tests/bots/outgoing.ts';
import type { ScriptedCore } from '#tests/bots/scripted-core.ts';
import { fourColors } from '#tests/media/pictures.ts';

afterEach(endScenes);

/** Short enough to be over in a test, long enough for what is already there. */
const slow = { deferAfterMs: 20 };
const say = (key: 'delivery.direct' | 'discord.noDirect', locale = 'en') =>
  i18n.say({ key }, { locale, timeZone: 'UTC' });

describe.each(['gateway', 'webhook'] as const)('by the %s', (mode) => {
  test('a command that takes long is deferred in time, and its card comes in that place', async () => {
    const { server, core, guild, channel, mei, sam, bot } = await play(mode, slow);
    const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
    core.next(late.promise);
    expect(await mei.slash(channel, 'imagine', { prompt: 'a fox', n: 4 })).toMatchObject({
      kind: 'deferred',
      private: false,
    });
    expect(core.calls[0]?.text).toBe('/imagine a fox\n--n 4');
    late.resolve(replying(titled('Making 4 pictures'), '7'));
    await core.untilSent(1);
    const [card] = await server.until(channel, sam, (seen) => seen.some(({ text }) => text === 'Making 4 pictures'));
    expect(core.sent).toEqual([
      { postingId: '7', ref: { platform: 'discord', channel: channel.id, message: card?.id } },
    ]);
    const { limits } = core.calls[0]?.channel ?? { limits: undefined };
    if (!limits || !core.sent[0]) throw new Error('nothing was sent');
    await bot.platform.edit(core.sent[0].ref, titled('All ready'), {
      ...{ workspace: guild.id, limits, pause: () => undefined, saveHandle: async () => undefined },
    });
    expect(server.seen(channel, sam)).toMatchObject([{ text: 'All ready', edits: 1 }]);
    expect(core.answered).toEqual([core.calls[0]?.deliveryKey]);
  });

  test('a channel that is kept to adults is told apart', async () => {
    const { core, guild, channel, mei } = await play(mode);
    const restricted = guild.addChannel({ name: 'red', nsfw: true });
    for (const place of [restricted, channel, mei.dm]) {
      core.next(replying(titled('done', { audience: 'private' })));
      await mei.slash(place, 'quota');
    }
    expect(core.calls.map((call) => call.channel.limits.ageRestricted)).toEqual([true, false, false]);
  });

  test('a refusal after a public deferral is seen by the one who asked alone, and nothing is left', async () => {
    const { server, core, channel, mei, sam } = await play(mode, slow);
    const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
    core.next(late.promise);
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    late.resolve(replying(titled('No credits left', { audience: 'private' })));
    const seen = await server.until(channel, mei, (messages) =>
      messages.some(({ text }) => text === 'No credits left'),
    );
    expect(seen).toMatchObject([{ text: 'No credits left', private: true }]);
    expect(server.seen(channel, sam)).toEqual([]);
  });

  test('a private command that takes long is deferred privately', async () => {
    const { server, core, channel, mei, sam } = await play(mode, slow);
    const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
    core.next(late.promise);
    expect(await mei.slash(channel, 'quota')).toMatchObject({ kind: 'deferred', private: true });
    late.resolve(replying(titled('12 credits', { audience: 'private' })));
    await server.until(channel, mei, ([only]) => only?.text === '12 credits' && only.private);
    expect(server.seen(channel, sam)).toEqual([]);
  });

  test('a private command that is answered for everybody after a private deferral is seen by everybody', async () => {
    const { server, core, channel, mei, sam } = await play(mode, slow);
    const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
    core.next(late.promise);
    await mei.slash(channel, 'quota');
    late.resolve(replying(titled('for all'), '8'));
    await core.untilSent(1);
    expect(server.seen(channel, sam)).toMatchObject([{ text: 'for all', private: false }]);
    expect(server.seen(channel, mei)).toHaveLength(1);
  });

  test('an answer with pictures is deferred at once, and seen by whom it is for', async () => {
    const { server, core, channel, mei, sam, blobs } = await play(mode);
    const bytes = await fourColors(16, 8).png().toBuffer();
    const blob = await blobs.put('w', bytes);
    const image = {
      blob,
      type: 'png',
      width: 16,
      height: 8,
      alt: { verbatim: 'sheet' },
      name: 'k7m2q4-sheet-1.png',
    } as const;
    core.next(
      replying(titled('Batch k7m2q4', { audience: 'private', images: [image], progress: { done: 4, total: 4 } })),
    );
    expect(await mei.slash(channel, 'status', { batch: 'k7m2q4' })).toMatchObject({ kind: 'deferred', private: true });
    const [seen] = await server.until(channel, mei, ([only]) => only?.loading === false);
    expect(seen?.images).toMatchObject([{ alt: 'sheet', name: 'k7m2q4-sheet-1.png' }]);
    expect(Buffer.from(seen?.images[0]?.bytes ?? []).equals(bytes)).toBe(true);
    expect(server.seen(channel, sam)).toEqual([]);
  });

  test('words that are too long for one message follow it, as private as it is', async () => {
    const { server, core, channel, mei, sam } = await play(mode);
    const lines = Array.from({ length: 12 }, (_, index) => ({ verbatim: `${index} ${'狐狸'.repeat(300)}` }));
    core.next(replying(titled('Long', { audience: 'private', lines })));
    await mei.slash(channel, 'help');
    const all = (text: string) => lines.every(({ verbatim }) => text.includes(verbatim));
    const seen = await server.until(channel, mei, (messages) => all(messages.map(({ text }) => text).join('\n')));
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every((message) => message.private)).toBe(true);
    expect(server.seen(channel, sam)).toEqual([]);
  });

  test('nothing to show leaves nothing behind', async () => {
    const { server, core, channel, mei } = await play(mode, slow);
    expect(await mei.slash(channel, 'quota')).toMatchObject({ private: true });
    await server.until(channel, mei, (messages) => messages.length === 0);
    const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
    core.next(late.promise);
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    late.resolve({ kind: 'later' });
    await server.until(channel, mei, (messages) => messages.length === 0);
  });

  test('a delivery that comes again keeps its one answer', async () => {
    const { server, core, channel, mei, bot } = await play(mode);
    core.next(replying(titled('the card'), '9'), { kind: 'none' });
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    await core.untilSent(1);
    await server.redeliver();
    await core.untilCalled(2);
    expect(new Set(core.calls.map(({ deliveryKey }) => deliveryKey)).size).toBe(1);
    await bot.platform.stop();
    expect(server.seen(channel, mei)).toMatchObject([{ text: 'the card' }]);
  });

  test('a fault of ours is told with a reference, in the language of the one who asked, and logged once', async () => {
    const { server, core, channel, mei, sam, logs } = await play(mode);
    core.onCall = () => Promise.reject(new Error('a bug'));
    const answer = await mei.slash(channel, 'quota');
    expect(answer).toMatchObject({ kind: 'message', private: true });
    const [told] = logs.filter(({ level }) => level === 'error');
    const reference = String(told?.values.requestId);
    expect(answer.message?.text).toContain(
      i18n.say({ key: 'errors.bug', values: { reference } }, { locale: 'zh-TW', timeZone: 'UTC' }),
    );
    expect(logs.filter(({ level }) => level === 'error' || level === 'warn')).toHaveLength(1);
    expect(server.seen(channel, sam)).toEqual([]);
  });

  test('a button is answered to the one who pressed it; the card stays as it is', async () => {
    const { server, core, channel, mei, sam } = await play(mode, slow);
    const actions = [{ id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' }] as const;
    core.next(
      replying(titled('the card', { actions: [...actions] }), '1'),
      replying(titled('2 cancelled', { audience: 'private' })),
    );
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    await core.untilSent(1);
    const [card] = server.seen(channel, sam);
    expect(await sam.press(card?.id ?? '', 'cancel k7m2q4')).toMatchObject({
      ...{ kind: 'message', private: true, message: { text: '2 cancelled' } },
    });
    expect(core.calls[1]).toMatchObject({ text: 'cancel k7m2q4', account: { platformId: sam.id } });
    expect(await sam.press(card?.id ?? '', 'cancel k7m2q4')).toMatchObject({ kind: 'accepted' });
    const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
    core.next(late.promise);
    expect(await sam.press(card?.id ?? '', 'cancel k7m2q4')).toMatchObject({ kind: 'deferred', private: true });
    late.resolve(replying(titled('nothing left', { audience: 'private' })));
    await server.until(channel, sam, (messages) => messages.some(({ text }) => text === 'nothing left'));
    expect(server.seen(channel, mei)).toMatchObject([{ id: card?.id, text: 'the card', edits: 0 }]);
  });

  test.each([
    ['see the channel', ['viewChannel'] as const],
    ['write', ['sendMessages'] as const],
    ['attach pictures', ['attachFiles'] as const],
  ])('where the bot may not %s, the card comes as a direct message, and that is told', async (_, forbidden) => {
    const { server, core, channel, mei, sam } = await play(mode, { deferAfterMs: 500 });
    channel.forbid('app', forbidden);
    core.next(replying(titled('the card', { locale: 'zh-TW' }), '5'));
    const answer = await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    expect(answer).toMatchObject({
      kind: 'message',
      private: true,
      message: { text: say('delivery.direct', 'zh-TW') },
    });
    await core.untilSent(1);
    const [card] = server.seen(mei.dm, mei);
    expect(card?.text).toBe('the card');
    expect(core.sent[0]?.ref).toEqual({ platform: 'discord', channel: mei.dm.id, message: card?.id });
    expect(core.calls[0]).toMatchObject({
      channel: { platformId: channel.id },
      elsewhere: { platformId: mei.dm.id, name: 'Mei' },
      conversation: { channel: mei.dm.id },
    });
    expect(server.seen(channel, sam)).toEqual([]);

    const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
    core.next(late.promise);
    expect(await mei.slash(channel, 'imagine', { prompt: 'an owl' })).toMatchObject({
      kind: 'deferred',
      private: true,
    });
    late.resolve(replying(titled('another card'), '6'));
    await core.untilSent(2);
    expect(server.seen(mei.dm, mei)).toHaveLength(2);
    await server.until(channel, mei, (messages) => messages.at(-1)?.text === say('delivery.direct'));
  });

  test('where only the person has the app, it is a private chat of theirs', async () => {
    const { server, core, sam } = await play(mode);
    const elsewhere = server.addGuild({ name: 'Not ours', hasApp: false });
    const place = elsewhere.addChannel();
    const guest = server.addPerson({ name: 'Guest', hasApp: true });
    elsewhere.admit(guest);
    elsewhere.admit(sam);
    core.next(replying(titled('the card'), '5'), replying(titled('12 credits', { audience: 'private' })));
    expect(await guest.slash(place, 'imagine', { prompt: 'a fox' })).toMatchObject({
      ...{ private: true, message: { text: say('delivery.direct') } },
    });
    await core.untilSent(1);
    expect(server.seen(guest.dm, guest)).toMatchObject([{ text: 'the card' }]);
    expect(core.calls[0]).toMatchObject({
      workspace: { platformId: `dm:${guest.id}`, name: 'Guest' },
      channel: { platformId: guest.dm.id },
      conversation: { channel: guest.dm.id },
      account: { standing: 'owner' },
    });
    expect(core.calls[0]).not.toHaveProperty('elsewhere');
    expect(await guest.slash(place, 'quota')).toMatchObject({ private: true, message: { text: '12 credits' } });
    expect(server.seen(place, sam)).toEqual([]);
  });

  test('direct messages are a workspace of their own, whose owner is the person', async () => {
    const { server, core, mei } = await play(mode);
    core.next(replying(titled('the card'), '5'));
    await mei.slash(mei.dm, 'imagine', { prompt: 'a fox' });
    await core.untilSent(1);
    expect(core.calls[0]).toMatchObject({
      workspace: { platformId: `dm:${mei.id}`, name: 'Mei' },
      channel: { platformId: mei.dm.id, name: 'Mei' },
      account: { standing: 'owner' },
    });
    expect(server.seen(mei.dm, mei)).toMatchObject([{ id: core.sent[0]?.ref.message, text: 'the card' }]);
  });

  test('in a thread it answers there, while settings are the channel’s', async () => {
    const { server, core, channel, mei, bot } = await play(mode);
    core.next(replying(titled('the card'), '1'));
    await mei.slash(channel, 'imagine', { prompt: 'a fox' });
    await core.untilSent(1);
    const [sent] = core.sent;
    const [call] = core.calls;
    if (!sent || !call) throw new Error('nothing was sent');
    const under = { card: sent.ref, thread: true };
    const inThread = await bot.platform.send(call.conversation, titled('the gallery'), attempt('g', { under }));
    core.next(replying(titled('a second card'), '2'));
    await mei.slash(inThread.channel, 'imagine', { prompt: 'an owl' });
    await core.untilSent(2);
    expect(core.calls[1]).toMatchObject({
      channel: { platformId: channel.id, name: 'pictures' },
      conversation: { platform: 'discord', channel: channel.id, thread: inThread.channel },
    });
    expect(core.sent[1]?.ref.channel).toBe(inThread.channel);
    expect(server.seen(inThread.channel, mei).map(({ text }) => text)).toEqual(['the gallery', 'a second card']);
  });

  test.each([
    ['owner', { owner: true }],
    ['admin', { permissions: ['administrator'] as const }],
    ['admin', { permissions: ['manageGuild'] as const }],
    ['member', { permissions: ['manageMessages'] as const }],
  ])('knows the %s of a guild by %j', async (standing, options) => {
    const { core, guild, channel } = await play(mode);
    const person = guild.addMember(options);
    await person.slash(channel, 'quota');
    expect(core.calls[0]?.account).toMatchObject({ platformId: person.id, standing });
    expect(core.calls[0]?.workspace).toEqual({ platformId: guild.id, name: 'Atelier' });
  });

  test('a form opens at once with the old words, and what is filled in is its command with the new ones', async () => {
    const { server, core, channel, mei, sam } = await play(mode);
    core.next(asking('a red fox'), replying(titled('the card'), '9'));
    const asked = await mei.slash(channel, 'picture', { batch: 'k7m2q4', numbers: '2', edit: 'prompt' });
    expect(asked).toMatchObject({ kind: 'modal', modal: { custom_id: 'rerun k7m2q4 2 --prompt' } });
    expect(JSON.stringify(asked.modal)).toContain('"value":"a red fox"');
    await mei.submitModal(asked, { value: 'a "blue" fox' });
    await core.untilSent(1);
    expect(core.calls.map(({ text }) => text)).toEqual([
      '/picture k7m2q4 2 --edit prompt',
      '/rerun k7m2q4 2 --prompt "a \\"blue\\" fox"',
    ]);
    expect(server.seen(channel, sam)).toMatchObject([{ text: 'the card' }]);
    expect(core.answered).toHaveLength(2);
  });

  test('a form that comes too late for it, or begins with more than it holds, is words', async () => {
    const { server, core, channel, mei } = await play(mode, slow);
    const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
    core.next(late.promise, asking('x'.repeat(4001)));
    expect(await mei.slash(channel, 'picture', { batch: 'k7m2q4', numbers: '2' })).toMatchObject({ kind: 'deferred' });
    late.resolve(asking('a red fox'));
    await server.until(channel, mei, ([only]) => only?.text === 'copy this line' && only.private);
    expect((await mei.slash(channel, 'picture', { batch: 'k7m2q4', numbers: '2' })).kind).not.toBe('modal');
  });

  test('suggestions come for what is typed, and none when they fail', async () => {
    const { core, channel, mei } = await play(mode);
    core.complete = async () => [
      { value: 'k7m2q4', label: 'k7m2q4', detail: 'a fox' },
      { value: 'x'.repeat(101), label: 'too long to be taken' },
      ...Array.from({ length: 40 }, (_, index) => ({ value: `b${index}`, label: 'l'.repeat(150) })),
    ];
    const choices = await mei.autocomplete(channel, 'status', { batch: 'k' }, 'batch');
    expect(choices).toHaveLength(25);
    expect(choices[0]).toEqual({ name: 'k7m2q4 – a fox', value: 'k7m2q4' });
    core.complete = () => Promise.reject(new Error('no'));
    expect(await mei.autocomplete(channel, 'status', { batch: 'k' }, 'batch')).toEqual([]);
  });
});
