import { HTTPError, type REST, Routes } from 'discord.js';
import { afterEach, describe, expect, test } from 'vitest';
import { openGuild } from '#tests/servers/discord-scene.ts';
import { restOf } from '#tests/servers/discord-sdk.ts';

const { server, channel, ann } = await openGuild({ rates: {} });

describe('faults and limits', () => {
  let rest: REST;
  // A fresh client each time: discord.js remembers limits.
  afterEach(() => server.advance(60_000));

  const send = (content: string) => {
    rest = restOf(server);
    return rest.post(Routes.channelMessages(channel.id), { body: { content } }) as Promise<{ id: string }>;
  };
  const all = () => true;
  const texts = () => ann.sees(channel).map(({ text }) => text);

  test('each kind of fault meets the requests it fits, as often as it says', async () => {
    server.fail({ match: ({ path }) => path === '/nowhere', kind: 'gone' });
    server.fail({ match: all, kind: 'gone' });
    await expect(send('a')).rejects.toMatchObject({ code: 10003 });
    server.fail({ match: ({ method }) => method === 'POST', kind: 'forbidden', times: 2 });
    await expect(send('a')).rejects.toMatchObject({ code: 50001, status: 403 });
    await expect(send('a')).rejects.toMatchObject({ code: 50001 });
    server.fail({ match: all, kind: 'server_error', status: 502 });
    await expect(send('a')).rejects.toBeInstanceOf(HTTPError);
    server.fail({ match: all, kind: 'refused', status: 400, code: 30046, message: 'Too many old edits' });
    await expect(send('a')).rejects.toMatchObject({ code: 30046, message: 'Too many old edits' });
    server.fail({ match: all, kind: 'rate_limited', retryAfterMs: 1500 });
    await expect(send('a')).rejects.toMatchObject({ retryAfter: 2050, limit: 5 });
    expect(texts()).toEqual([]);
    expect(server.floods).toEqual([]);
    await send('a');
    expect(texts()).toEqual(['a']);
  });

  test('a request is dropped before, or cut after it was carried out', async () => {
    const before = texts().length;
    server.fail({ match: all, kind: 'drop' });
    await expect(send('dropped')).rejects.toThrow();
    expect(texts()).toHaveLength(before);
    server.fail({ match: all, kind: 'cut_after' });
    await expect(send('cut')).rejects.toThrow();
    expect(texts().at(-1)).toBe('cut');
    expect(server.requests.slice(-2).map(({ status }) => status)).toEqual([0, 0]);
    expect(texts()).not.toContain('dropped');
  });

  test('a slow answer can be given up', async () => {
    server.fail({ match: all, kind: 'slow', delayMs: 60_000 });
    const [asked, leave] = [server.requests.length, new AbortController()];
    const body = { content: 'slow' };
    const call = restOf(server).post(Routes.channelMessages(channel.id), { body, signal: leave.signal });
    await expect.poll(() => server.requests).toHaveLength(asked + 1);
    leave.abort();
    await expect(call).rejects.toThrow('aborted');
    expect(texts()).not.toContain('slow');
  });

  test('the sixth message in five seconds is a flood', async () => {
    for (let count = 0; count < 5; count += 1) await send(`${count}`);
    await expect(send('too fast')).rejects.toMatchObject({ retryAfter: expect.any(Number), global: false });
    expect(server.floods).toHaveLength(1);
    expect(server.floods[0]).toMatchObject({ status: 429, body: { content: 'too fast' } });
    server.advance(5001);
    await send('in time');
    const edit = (content: string) =>
      restOf(server).patch(Routes.channelMessage(channel.id, ann.sees(channel).at(-1)?.id ?? ''), {
        body: { content },
      });
    for (let count = 0; count < 5; count += 1) await edit(`${count}`);
    await expect(edit('too fast')).rejects.toMatchObject({ global: false });
    expect(server.floods).toHaveLength(2);
  });

  test('discord.js reads the limits from the headers and does not even ask', async () => {
    const client = restOf(server);
    const post = () => client.post(Routes.channelMessages(channel.id), { body: { content: 'x' } });
    for (let count = 0; count < 5; count += 1) await post();
    const asked = server.requests.length;
    await expect(post()).rejects.toMatchObject({ limit: 5 });
    expect(server.requests).toHaveLength(asked);
  });

  test('the fifty-first request in a second is too many, whatever it is', async () => {
    const get = () =>
      restOf(server)
        .get(Routes.guild(ann.id))
        .catch((error: unknown) => error);
    const answers = await Promise.all(Array.from({ length: 51 }, get));
    expect(answers.filter((answer) => (answer as { global?: boolean }).global)).toHaveLength(1);
    expect(server.requests.at(-1)?.status).toBe(429);
  });

  test('links to files end after a day and cannot be made up', async () => {
    const file = { name: 'notes.txt', type: 'text/plain', bytes: Buffer.from('notes') };
    const { id } = ann.write(channel, `<@${server.applicationId}>`, { files: [file] });
    const { attachments } = (await restOf(server).get(Routes.channelMessage(channel.id, id))) as {
      attachments: { url: string; size: number }[];
    };
    const url = attachments[0]?.url ?? '';
    expect(await (await fetch(url)).text()).toBe('notes');
    expect((await fetch(url.replace('hm=', 'hm=0'))).status).toBe(404);
    expect((await fetch(url.replace(/ex=\w+/, 'ex=ffffffff'))).status).toBe(404);
    server.advance(25 * 3600 * 1000);
    expect((await fetch(url)).status).toBe(404);
  });

  test('waiting ends with what was seen instead', async () => {
    ann.write(channel, 'something else');
    await expect(server.until(channel, ann, () => false, { withinMs: 10 })).rejects.toThrow('something else');
  });

  test('a request against the published document is noted', async ({ skip }) => {
    skip(!process.env.WIRE_SPECS, 'WIRE_SPECS names no folder');
    const before = server.violations.length;
    await restOf(server).post(Routes.channelMessages(channel.id), { body: { content: 'x', tts: 'yes' } });
    expect(server.violations.slice(before)).toEqual([expect.stringContaining('tts must be boolean')]);
    await restOf(server).get(Routes.channelMessages(channel.id), { query: new URLSearchParams({ last: '3' }) });
    expect(server.violations.at(-1)).toContain('unknown query parameter last');
  });
});
