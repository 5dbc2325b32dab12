import { randomUUID } from 'node:crypto';
import { Routes } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { file, openGuild } from '#tests/servers/discord-scene.ts';

const text = (content: string) => ({ type: 10, content });
const gallery = (...urls: string[]) => ({ type: 12, items: urls.map((url) => ({ media: { url } })) });
const v2 = (...components: unknown[]) => ({ flags: 1 << 15, components });

const { server, rest, guild, channel, ann, send } = await openGuild();

describe('messages', () => {
  test('returns the earlier message for an enforced nonce, for some minutes', async () => {
    const nonce = randomUUID().slice(0, 25);
    const once = { content: 'once', nonce, enforce_nonce: true };
    const first = await send(once);
    expect((await send(once)).id).toBe(first.id);
    expect((await send({ content: 'not enforced', nonce })).id).not.toBe(first.id);
    server.advance(6 * 60_000);
    expect((await send(once)).id).not.toBe(first.id);
  });

  test('keeps, adds and removes files as the list says', async () => {
    const { id } = await send(v2(gallery('attachment://a.png', 'attachment://b.png')), [file('a.png'), file('b.png')]);
    const shown = () => server.seen(channel, ann).find((message) => message.id === id);
    const path = Routes.channelMessage(channel.id, id);
    const before = (await rest.get(path)) as { attachments: { id: string }[] };
    const attachments = [before.attachments[1], { id: '0' }];
    await rest.patch(path, {
      body: { attachments, ...v2(gallery('attachment://b.png', 'attachment://c.png')) },
      files: [file('c.png')],
    });
    expect(shown()).toMatchObject({ unseen: [], edits: 1, files: [{ name: 'b.png' }, { name: 'c.png' }] });
    const gone = rest.patch(path, { body: { attachments: [], ...v2(gallery('attachment://b.png')) } });
    await expect(gone).rejects.toMatchObject({ code: 50035 });
    await expect(rest.patch(path, { body: { flags: 0, content: 'x' } })).rejects.toMatchObject({ code: 50035 });
    await expect(rest.patch(path, { body: { content: 'x' } })).rejects.toMatchObject({ code: 50035 });
  });

  test('an old message becomes one of Components V2 only without its old content', async () => {
    const { id } = await send({ content: 'old' });
    const path = Routes.channelMessage(channel.id, id);
    await expect(rest.patch(path, { body: v2(text('new')) })).rejects.toMatchObject({ code: 50035 });
    await rest.patch(path, { body: { content: null, ...v2(text('new')) } });
    expect(server.seen(channel, ann).at(-1)?.text).toBe('new');
  });

  test('answers in a thread that begins on its message', async () => {
    const sent = (await rest.post(Routes.channelMessages(channel.id), { body: { content: 'a batch' } })) as {
      id: string;
    };
    const thread = (await rest.post(Routes.threads(channel.id, sent.id), { body: { name: 'a batch' } })) as {
      id: string;
    };
    expect(thread.id).toBe(sent.id);
    await rest.post(Routes.channelMessages(thread.id), { body: { content: 'inside' } });
    expect(ann.sees(thread).map(({ text }) => text)).toEqual(['inside']);
    expect(ann.sees(channel).find(({ id }) => id === sent.id)?.threadId).toBe(thread.id);
    await expect(rest.post(Routes.threads(channel.id, sent.id), { body: { name: 'again' } })).rejects.toMatchObject({
      code: 160004,
    });
    server.channel(thread).archive();
    await rest.post(Routes.channelMessages(thread.id), { body: { content: 'wakes it up' } });
    server.channel(thread).archive({ locked: true });
    const late = rest.post(Routes.channelMessages(thread.id), { body: { content: 'too late' } });
    await expect(late).rejects.toMatchObject({ code: 50083 });
  });

  test('tells who it would notify', async () => {
    const bob = guild.addMember();
    const content = `<@${bob.id}> <@${ann.id}> @everyone \`<@${ann.id}>\``;
    const ways = [
      { allowed_mentions: { parse: [] }, pings: [] },
      { allowed_mentions: { users: [bob.id] }, pings: [`user:${bob.id}`] },
      { pings: [`user:${bob.id}`, `user:${ann.id}`] },
    ];
    for (const { pings, ...how } of ways) {
      const sent = (await rest.post(Routes.channelMessages(channel.id), { body: { content, ...how } })) as {
        id: string;
      };
      expect(ann.sees(channel).find(({ id }) => id === sent.id)?.pings).toEqual(pings);
    }
  });
});
