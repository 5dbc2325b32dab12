import { afterEach, expect, test } from 'vitest';
import { attempt, endScenes, play } from '#tests/bots/discord/scene.ts';
import { titled } from '#tests/bots/outgoing.ts';

afterEach(endScenes);

const wait = { interval: 5, timeout: 15_000 };

test('the bot that is taken out of a guild tells the core, and that it is back', async () => {
  const { core, guild } = await play('gateway');
  await expect.poll(() => core.returned, wait).toEqual([['discord', guild.id]]);
  guild.removeApp();
  await expect.poll(() => core.removed, wait).toEqual([['discord', guild.id]]);
  guild.addApp();
  await expect.poll(() => core.returned.length, wait).toBe(2);
  expect(core.removed).toHaveLength(1);
});

test('a guild with an outage is not one that the bot was taken out of', async () => {
  const { server, core, guild, channel, mei } = await play('gateway');
  guild.outage();
  expect(await mei.slash(mei.dm, 'quota')).toBeDefined();
  await core.untilCalled(1);
  expect(core.removed).toEqual([]);
  guild.removeApp();
  await expect.poll(() => core.removed, wait).toHaveLength(1);
  expect(server.gateway.closed).toEqual([]);
  expect(channel.id).not.toBe('');
});

test('changes of guilds, channels, threads and roles that nothing here needs break nothing', async () => {
  const { core, guild, channel, mei, logs } = await play('gateway');
  await expect.poll(() => core.returned, wait).toHaveLength(1);
  guild.addChannel({ name: 'later' }).delete();
  guild.addRole({ name: 'painters' });
  guild.setAppPermissions(['viewChannel', 'sendMessages']);
  channel.forbid('everyone', ['sendMessages']);
  channel.archive();
  channel.delete();
  await mei.slash(mei.dm, 'quota');
  await core.untilCalled(1);
  expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
});

test.each(['gateway', 'webhook'] as const)(
  'by %s, what is sent to a guild that the bot was taken out of is refused as that',
  async (mode) => {
    const { bot, guild, channel, server } = await play(mode);
    const to = { platform: 'discord', channel: channel.id };
    const more = { workspace: guild.id };
    const ref = await bot.platform.send(to, titled('one'), attempt('one', more));
    guild.removeApp();
    const removed = { reason: 'removed', retryable: false };
    await expect(bot.platform.send(to, titled('two'), attempt('two', more))).rejects.toMatchObject(removed);
    await expect(bot.platform.edit(ref, titled('two'), { ...attempt('one', more), to })).rejects.toMatchObject(removed);
    expect(server.violations).toEqual([]);
  },
);

test('a channel alone that is closed to the bot, or gone, is no guild that it was taken out of', async () => {
  const { bot, guild, channel } = await play('webhook');
  const to = { platform: 'discord', channel: channel.id };
  const more = { workspace: guild.id };
  channel.forbid('app', ['viewChannel']);
  await expect(bot.platform.send(to, titled('one'), attempt('one', more))).rejects.toMatchObject({
    reason: 'forbidden',
  });
  channel.delete();
  await expect(bot.platform.send(to, titled('one'), attempt('one', more))).rejects.toMatchObject({ reason: 'gone' });
});
