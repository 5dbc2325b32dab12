import { afterEach, expect, test } from 'vitest';
import { i18n } from '#tests/bots/bot-deps.ts';
import { attempt, endScenes, play } from '#tests/bots/discord/scene.ts';
import { replying, titled } from '#tests/bots/outgoing.ts';
import type { ScriptedCore } from '#tests/bots/scripted-core.ts';
import { fourColors } from '#tests/media/pictures.ts';

afterEach(endScenes);

test('a mention without a command is a prompt; its card answers it, and is edited from then on', async () => {
  const { server, core, guild, channel, mei, sam } = await play('gateway');
  core.next(replying(titled('the card'), '1'));
  const said = mei.write(channel, 'a red fox\nin snow', { mention: true });
  await core.untilSent(1);
  expect(core.calls[0]).toMatchObject({
    text: 'a red fox\nin snow',
    bare: true,
    deliveryKey: `message:${said.id}`,
    workspace: { platformId: guild.id, name: 'Atelier' },
    channel: { platformId: channel.id, name: 'pictures' },
    account: { platformId: mei.id, name: 'Mei', standing: 'member' },
  });
  const [, card] = server.seen(channel, sam);
  expect(card).toMatchObject({ text: 'the card', replyTo: said.id, pings: [] });
  expect(core.sent[0]?.ref).toEqual({ platform: 'discord', channel: channel.id, message: card?.id });
  expect(core.answered).toEqual([`message:${said.id}`]);
});

test('a direct message without a command is a prompt', async () => {
  const { server, core, mei } = await play('gateway');
  core.next(replying(titled('the card'), '1'));
  mei.write(mei.dm, 'a red fox');
  await core.untilSent(1);
  expect(core.calls[0]).toMatchObject({
    ...{ text: 'a red fox', bare: true, workspace: { platformId: `dm:${mei.id}` }, account: { standing: 'owner' } },
  });
  expect(server.seen(mei.dm, mei).map(({ text }) => text)).toEqual(['a red fox', 'the card']);
});

test('a command in a mention is a command, with the files of the message', async () => {
  const { core, channel, mei, bot } = await play('gateway');
  const bytes = await fourColors(8, 8).png().toBuffer();
  mei.write(channel, '/imagine a fox --n 2', { mention: true, files: [{ name: 'a.png', type: 'image/png', bytes }] });
  await core.untilCalled(1);
  const [call] = core.calls;
  expect(call).toMatchObject({ text: '/imagine a fox --n 2', files: [{ name: 'a.png', bytes: bytes.length }] });
  expect(call).not.toHaveProperty('bare');
  const [file] = call?.files ?? [];
  if (!file) throw new Error('the file is not there');
  const opened = await bot.platform.open(file, { signal: AbortSignal.timeout(5000) });
  expect(Buffer.from(await new Response(opened).arrayBuffer()).equals(bytes)).toBe(true);
});

test('what is for the writer alone comes as a direct message', async () => {
  const { server, core, channel, mei, sam } = await play('gateway');
  core.next(replying(titled('12 credits', { audience: 'private' })));
  mei.write(channel, '/quota', { mention: true });
  await server.until(mei.dm, mei, (messages) => messages.some(({ text }) => text === '12 credits'));
  expect(server.seen(channel, sam)).toHaveLength(1);
});

test('where direct messages are closed, that much is said in public and no more', async () => {
  const { server, core, channel, mei, sam } = await play('gateway');
  mei.acceptDms(false);
  core.next(replying(titled('my secret', { audience: 'private', locale: 'zh-TW' })));
  const said = mei.write(channel, '/quota', { mention: true });
  const told = i18n.say({ key: 'discord.noDirect' }, { locale: 'zh-TW', timeZone: 'UTC' });
  const seen = await server.until(channel, sam, (messages) => messages.some(({ text }) => text === told));
  expect(seen.map(({ text }) => text).join()).not.toContain('my secret');
  expect(seen.at(-1)).toMatchObject({ replyTo: said.id });
});

test('where the bot may not write, the card comes as a direct message', async () => {
  const { server, core, channel, mei } = await play('gateway');
  channel.forbid('app', ['sendMessages']);
  core.next(replying(titled('the card'), '1'));
  mei.write(channel, 'a red fox', { mention: true });
  await core.untilSent(1);
  expect(server.seen(mei.dm, mei)).toMatchObject([{ text: 'the card' }]);
  expect(core.sent[0]?.ref.channel).toBe(mei.dm.id);
});

test('where the bot may not read older messages, it answers without a reference', async () => {
  const { server, core, channel, mei } = await play('gateway');
  channel.forbid('app', ['readMessageHistory']);
  core.next(replying(titled('the card'), '1'));
  mei.write(channel, 'a red fox', { mention: true });
  await core.untilSent(1);
  expect(server.seen(channel, mei).at(-1)).toMatchObject({ text: 'the card', replyTo: undefined });
});

test('a mention in a thread is answered there, while settings are the channel’s', async () => {
  const { server, core, channel, mei, bot } = await play('gateway');
  core.next(replying(titled('the card'), '1'));
  mei.write(channel, 'a fox', { mention: true });
  await core.untilSent(1);
  const [call] = core.calls;
  const [sent] = core.sent;
  if (!call || !sent) throw new Error('nothing was sent');
  const part = titled('the gallery', { tone: 'success' });
  const under = { card: sent.ref, thread: true };
  const inThread = await bot.platform.send(call.conversation, part, attempt('g', { under }));
  core.next(replying(titled('a second card'), '2'));
  mei.write(inThread.channel, 'an owl', { mention: true });
  await core.untilSent(2);
  expect(core.calls[1]).toMatchObject({
    channel: { platformId: channel.id, name: 'pictures' },
    conversation: { channel: channel.id, thread: inThread.channel },
  });
  expect(server.seen(inThread.channel, mei).map(({ text }) => text)).toEqual([
    'the gallery',
    '@easel an owl',
    'a second card',
  ]);
});

test('knows owners, admins and members of a guild by their roles', async () => {
  const { core, guild, channel, server } = await play('gateway');
  const people = [
    ['owner', guild.addMember({ owner: true })],
    ['admin', guild.addMember({ permissions: ['administrator'] })],
    ['admin', guild.addMember({ permissions: ['manageGuild'] })],
    ['member', guild.addMember()],
  ] as const;
  for (const [index, [standing, person]] of people.entries()) {
    person.write(channel, '/quota', { mention: true });
    await core.untilCalled(index + 1);
    expect(core.calls[index]?.account).toMatchObject({ platformId: person.id, standing });
  }
  const looked = server.requests.filter(({ path }) => path === `/guilds/${guild.id}`);
  expect(looked, 'one look-up serves all').toHaveLength(1);
});

test('people whose standing cannot be looked up are members, and that is logged', async () => {
  const { core, guild, channel, server, logs } = await play('gateway');
  server.fail({ match: ({ path }) => path === `/guilds/${guild.id}`, kind: 'server_error', times: 5 });
  const boss = guild.addMember({ owner: true, permissions: ['administrator'] });
  boss.write(channel, '/quota', { mention: true });
  await core.untilCalled(1);
  expect(core.calls[0]).toMatchObject({ account: { standing: 'member' }, workspace: { name: guild.id } });
  expect(logs.some(({ level, message }) => level === 'warn' && message.includes('did not tell about a place'))).toBe(
    true,
  );
});

test('a prompt that takes long is seen to be worked on', async () => {
  const { server, core, channel, mei } = await play('gateway', { deferAfterMs: 20 });
  const late = Promise.withResolvers<Awaited<ReturnType<ScriptedCore['onCall']>>>();
  core.next(late.promise);
  mei.write(channel, 'a fox', { mention: true });
  await server.answered(({ path }) => path === `/channels/${channel.id}/typing`);
  late.resolve(replying(titled('the card'), '1'));
  await core.untilSent(1);
});

test('the same message again shows its answer once', async () => {
  const { server, core, channel, mei } = await play('gateway');
  core.next(replying(titled('the card'), '1'), replying(titled('the card'), '1'));
  mei.write(channel, 'a fox', { mention: true });
  await core.untilSent(1);
  await server.redeliver();
  await core.untilSent(2);
  expect(core.calls[1]?.deliveryKey).toBe(core.calls[0]?.deliveryKey);
  expect(core.sent[1]?.ref).toEqual(core.sent[0]?.ref);
  expect(server.seen(channel, mei).filter(({ text }) => text === 'the card')).toHaveLength(1);
});

test('an answer that came too fast for the channel comes a moment later', async () => {
  const { server, core, channel, mei } = await play('gateway');
  server.fail({
    match: ({ method, path }) => method === 'POST' && path === `/channels/${channel.id}/messages`,
    ...{ kind: 'rate_limited', retryAfterMs: 50 },
  });
  core.next(replying(titled('the card'), '1'));
  mei.write(channel, 'a fox', { mention: true });
  await core.untilSent(1);
  expect(server.seen(channel, mei).filter(({ text }) => text === 'the card')).toHaveLength(1);
});

test('messages for others are left alone, and what is said below ours without our name is overheard', async () => {
  const { server, core, channel, mei, sam } = await play('gateway');
  core.next(replying(titled('the card'), '1'));
  const [said] = [mei.write(channel, 'a fox', { mention: true })];
  await core.untilSent(1);
  const card = server.seen(channel, sam).at(-1);
  sam.write(channel, 'nice!', { replyTo: card?.id ?? said.id });
  sam.write(channel, 'hello everybody');
  sam.write(channel, 'a last one', { mention: true });
  await core.untilCalled(3);
  expect(core.calls.map(({ text, overheard = false }) => [text, overheard])).toEqual([
    ['a fox', false],
    ['nice!', true],
    ['a last one', false],
  ]);
  expect(core.calls[1]?.repliesTo).toEqual({ channel: channel.id, message: card?.id });
});
