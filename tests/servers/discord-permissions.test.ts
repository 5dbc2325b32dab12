import { Routes } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { file, openGuild } from '#tests/servers/discord-scene.ts';
import { restOf } from '#tests/servers/discord-sdk.ts';

const { server, rest, guild, channel, ann, send } = await openGuild();

describe('what an app may do', () => {
  test('says what is unknown and what is not allowed', async () => {
    const { id } = await send({ content: 'x' });
    const written = ann.write(channel, 'mine');
    const hidden = guild.addChannel({ hidden: true });
    const readOnly = guild.addChannel();
    readOnly.forbid('app', ['sendMessages', 'readMessageHistory']);
    const deleted = guild.addChannel();
    deleted.delete();
    const stranger = server.addPerson();
    const body = { content: 'x' };
    const calls: [() => Promise<unknown>, number][] = [
      [() => send(body, [], deleted.id), 10003],
      [() => rest.patch(Routes.channelMessage(channel.id, '1'), { body }), 10008],
      [() => rest.patch(Routes.channelMessage(channel.id, written.id), { body }), 50005],
      [() => send(body, [], hidden.id), 50001],
      [() => send(body, [], readOnly.id), 50013],
      [() => send(body, [], stranger.dm.id), 50007],
      [() => send(body, [], guild.addChannel({ kind: 'forum' }).id), 50008],
      [() => rest.get(Routes.guild('1')), 10004],
      [() => rest.get(Routes.guildMember(guild.id, stranger.id)), 10007],
      [() => rest.post(Routes.threads(ann.dm.id, id), { body: { name: 'x' } }), 50024],
      [() => rest.get('/nowhere'), 0],
      [() => restOf({ url: server.url, token: 'another' }).get(Routes.user()), 0],
    ];
    for (const [call, code] of calls) await expect(call()).rejects.toMatchObject({ code });
    expect(await rest.get(Routes.channelMessages(readOnly.id))).toEqual([]);
    ann.acceptDms(false);
    await expect(send(body, [], ann.dm.id)).rejects.toMatchObject({ code: 50007 });
    expect(server.invalidRequests).toBeGreaterThanOrEqual(5);
  });

  test('opens direct messages and lists them page by page', async () => {
    const bob = guild.addMember();
    const dm = (await rest.post(Routes.userChannels(), { body: { recipient_id: bob.id } })) as { id: string };
    expect(dm.id).toBe(bob.dm.id);
    await rest.post(Routes.channelTyping(dm.id));
    const ids: string[] = [];
    for (const content of ['1', '2', '3']) ids.push((await send({ content }, [], dm.id)).id);
    const page = async (query: Record<string, string>) =>
      (
        (await rest.get(Routes.channelMessages(dm.id), { query: new URLSearchParams(query) })) as { content: string }[]
      ).map(({ content }) => content);
    expect(await page({})).toEqual(['3', '2', '1']);
    expect(await page({ limit: '1' })).toEqual(['3']);
    expect(await page({ before: ids[2] ?? '', limit: '1' })).toEqual(['2']);
    expect(await page({ after: ids[0] ?? '' })).toEqual(['3', '2']);
    await expect(page({ limit: '101' })).rejects.toMatchObject({ code: 50035 });
  });

  test('takes away what a role or a channel forbids, and caps active threads', async () => {
    const place = guild.addChannel();
    const first = await send({ content: '1' }, [], place.id);
    const second = await send({ content: '2' }, [], place.id);
    const start = (id: string) => rest.post(Routes.threads(place.id, id), { body: { name: 'x' } });
    place.forbid('app', ['createPublicThreads', 'attachFiles']);
    await expect(start(first.id)).rejects.toMatchObject({ code: 50013 });
    await expect(send({}, [file('a.png')], place.id)).rejects.toMatchObject({ code: 50013 });
    place.permit('app', ['createPublicThreads']);
    await start(first.id);
    await expect(start(second.id)).rejects.toMatchObject({ code: 160006 });
    await expect(start('1')).rejects.toMatchObject({ code: 10008 });
    guild.setAppPermissions(['viewChannel']);
    await expect(send({ content: 'x' }, [], place.id)).rejects.toMatchObject({ code: 50013 });
    expect(ann.write(place, 'still may').text).toBe('still may');
  });
});
