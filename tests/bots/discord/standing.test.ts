import { afterEach, expect, test } from 'vitest';
import { endScenes, play } from '#tests/bots/discord/scene.ts';

afterEach(endScenes);

test('who somebody is in a guild that they do not speak from is asked for each time', async () => {
  const { bot, guild, mei } = await play('webhook');
  const find = () => bot.platform.findStanding(guild.id, mei.id);
  const [everyone, manager] = [await find(), guild.addRole({ name: 'managers', permissions: ['manageGuild'] })];
  expect(everyone).toMatchObject({ standing: 'member' });
  guild.giveRole(mei, manager);
  expect((await find())?.platformRoles).toEqual([...(everyone?.platformRoles ?? []), manager.id]);
  guild.takeRole(mei, manager);
  expect(await find()).toEqual(everyone);
  guild.dismiss(mei);
  expect(await find()).toBeUndefined();
});

test('who has become the owner of a guild just now is found as that', async () => {
  const { bot, guild } = await play('webhook');
  const before = guild.addMember({ name: 'Ola', owner: true });
  expect(await bot.platform.findStanding(guild.id, before.id)).toMatchObject({ standing: 'owner' });
  const after = guild.addMember({ name: 'Uma', owner: true });
  expect(await bot.platform.findStanding(guild.id, after.id)).toMatchObject({ standing: 'owner' });
  expect(await bot.platform.findStanding(guild.id, before.id)).toMatchObject({ standing: 'member' });
});

test('a direct chat has one person, who is its owner', async () => {
  const { bot, mei, sam } = await play('webhook');
  expect(await bot.platform.findStanding(`dm:${mei.id}`, mei.id)).toEqual({ standing: 'owner' });
  expect(await bot.platform.findStanding(`dm:${mei.id}`, sam.id)).toBeUndefined();
});

test.each([
  ['the member', (guildId: string, personId: string) => `/guilds/${guildId}/members/${personId}`],
  ['the guild', (guildId: string) => `/guilds/${guildId}`],
])('nothing is said of somebody while Discord does not tell of %s', async (_, pathOf) => {
  const { bot, guild, mei, server } = await play('webhook');
  server.fail({ match: ({ path }) => path === pathOf(guild.id, mei.id), kind: 'server_error' });
  await expect(bot.platform.findStanding(guild.id, mei.id)).rejects.toMatchObject({ reason: 'server' });
  expect(await bot.platform.findStanding(guild.id, mei.id)).toMatchObject({ standing: 'member' });
});

test('nothing is said of somebody in a guild that the bot was taken out of', async () => {
  const { bot, guild, mei } = await play('webhook');
  guild.removeApp();
  await expect(bot.platform.findStanding(guild.id, mei.id)).rejects.toMatchObject({ name: 'DeliveryError' });
});
