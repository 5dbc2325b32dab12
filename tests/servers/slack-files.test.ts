import { expect, test } from 'vitest';
import type { SlackServerOptions } from '#tests/servers/slack.ts';
import { openTeam } from '#tests/servers/slack-scene.ts';
import { refusal } from '#tests/servers/slack-sdk.ts';

const png = Buffer.from('\x89PNG\r\n\x1a\n-the-rest-of-a-picture', 'latin1');
const webp = Buffer.from('RIFF0000WEBPVP8 ', 'latin1');

async function begin(options: SlackServerOptions = {}) {
  const opened = await openTeam(options);
  const { channel, client } = opened;

  /** Asks for an address and sends the bytes; returns the file's id. */
  async function upload(filename: string, bytes: Buffer, alt_txt = 'a fox'): Promise<string> {
    const length = bytes.length;
    const { upload_url, file_id } = await client.files.getUploadURLExternal({ filename, length, alt_txt } as never);
    const sent = await fetch(String(upload_url), { method: 'POST', body: new Uint8Array(bytes) });
    expect(sent.status).toBe(200);
    return String(file_id);
  }
  const complete = (ids: string[], more: Record<string, unknown> = { channel_id: channel.id }) =>
    client.files.completeUploadExternal({ files: ids.map((id) => ({ id })), ...more } as never);
  const info = async (file: string) => (await client.files.info({ file })).file;
  return { ...opened, upload, complete, info };
}

test('shares several files in one message, after answering that it did', async () => {
  const { slack, person, channel, client, upload, complete, info } = await begin({ processingMs: 60_000 });
  const parent = await client.chat.postMessage({ channel: channel.id, text: 'parent' });
  const ids = [await upload('a.png', png), await upload('b.png', png, 'an owl')];
  const thread_ts = String(parent.ts);
  const answer = await complete(ids, { channel_id: channel.id, thread_ts, initial_comment: 'Two *foxes*' });
  expect(answer.files).toMatchObject([{ mimetype: '', shares: {}, channels: [] }, { mimetype: '' }]);
  expect(await info(String(ids[0]))).toMatchObject({ mimetype: '', shares: {} });
  expect(slack.seen(channel.id, person.id)).toHaveLength(1);

  slack.advance(60_000);
  const message = await slack.until(channel.id, person.id, (all) => all.find(({ images }) => images.length === 2));
  expect(message).toMatchObject({ text: 'Two foxes', thread: thread_ts, private: false });
  expect(message.images).toMatchObject([
    { name: 'a.png', type: 'image/png', alt: 'a fox' },
    { name: 'b.png', alt: 'an owl' },
  ]);
  expect(Buffer.from(message.images[0]?.bytes ?? [])).toEqual(png);
  expect(await info(String(ids[1]))).toMatchObject({
    mimetype: 'image/png',
    alt_txt: 'an owl',
    shares: { public: { [channel.id]: [{ ts: message.ts, thread_ts }] } },
  });
  expect(slack.violations).toEqual([]);
});

test('shows a file in an image block only once it is processed and of a kind blocks can show', async () => {
  const { slack, person, channel, client, upload, complete } = await begin({ processingMs: 60_000 });
  const show = (id: string) =>
    client.chat.postMessage({
      channel: channel.id,
      text: 'x',
      blocks: [{ type: 'image', alt_text: 'a fox', slack_file: { id } }],
    });
  const id = await upload('a.png', png);
  expect(await refusal(show(id))).toMatchObject({ error: 'invalid_blocks' });
  await complete([id], {});
  expect(await refusal(show(id))).toMatchObject({ errors: ['invalid slack file [json-pointer:/blocks/0/slack_file]'] });
  slack.advance(60_000);
  await show(id);
  expect(slack.seen(channel.id, person.id)).toMatchObject([
    { images: [{ alt: 'a fox', type: 'image/png', fileId: id }] },
  ]);

  const modern = await upload('a.webp', webp);
  await complete([modern], {});
  slack.advance(60_000);
  expect(await refusal(show(modern))).toMatchObject({ error: 'invalid_blocks' });
});

test('completes an upload once, and only with its bytes', async () => {
  const { client, channel, upload, complete } = await begin();
  const id = await upload('a.png', png);
  await complete([id]);
  expect(await refusal(complete([id]))).toMatchObject({ error: 'file_not_found' });
  const { upload_url, file_id } = await client.files.getUploadURLExternal({ filename: 'b.png', length: 5 });
  expect(await refusal(complete([String(file_id)]))).toMatchObject({ error: 'file_not_found' });
  expect(await refusal(client.files.info({ file: String(file_id) }))).toMatchObject({ error: 'file_not_found' });
  const wrong = await fetch(String(upload_url), { method: 'POST', body: new Uint8Array(4) });
  expect(wrong.status).toBe(400);
  const markdown = { channel_id: channel.id, blocks: [{ type: 'markdown', text: 'x' }] };
  expect(await refusal(complete([await upload('c.png', png)], markdown))).toMatchObject({ error: 'internal_error' });
});

test('refuses uploads the admins forbid, too long descriptions and arguments in JSON', async () => {
  const { slack, team, client } = await begin({ fileBytesMax: 1000 });
  const ask = (filename: string, length: number, alt = '') =>
    refusal(client.files.getUploadURLExternal({ filename, length, alt_txt: alt } as never));
  expect(await ask('a.png', 1001)).toMatchObject({ error: 'file_upload_size_restricted' });
  expect(await ask('a.png', 5, 'x'.repeat(1001))).toMatchObject({ error: 'alt_txt_too_large' });
  team.setUploads('images_only');
  expect(await ask('a.zip', 5)).toMatchObject({ error: 'file_uploads_except_images_disabled' });
  team.setUploads('disabled');
  expect(await ask('a.png', 5)).toMatchObject({ error: 'file_uploads_disabled' });
  const answer = await fetch(`${slack.url}files.getUploadURLExternal`, {
    method: 'POST',
    headers: { authorization: `Bearer ${team.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ filename: 'a.png', length: 5 }),
  });
  expect(await answer.json()).toMatchObject({ ok: false, error: 'invalid_arguments' });
});

test('can answer ok and never share, or take long to process', async () => {
  const { slack, person, channel, upload, complete, info } = await begin();
  slack.fail({ kind: 'unshared', match: ({ method }) => method === 'files.completeUploadExternal' });
  const lost = await upload('a.png', png);
  await complete([lost]);
  slack.advance(60_000);
  expect(await info(lost)).toMatchObject({ mimetype: '', shares: {} });
  slack.fail({
    kind: 'slow_processing',
    delayMs: 90_000,
    match: ({ method }) => method === 'files.completeUploadExternal',
  });
  const late = await upload('b.png', png);
  await complete([late]);
  slack.advance(60_000);
  expect(slack.seen(channel.id, person.id)).toEqual([]);
  slack.advance(30_000);
  await slack.until(channel.id, person.id, (all) => all[0]);
});

test("gives a person's file to the app with its token, and a sign-in page without", async () => {
  const { team, person, channel } = await begin();
  const { message, deliveries } = await person.write(channel, 'look', { files: [{ name: 'a.png', bytes: png }] });
  expect(message).toMatchObject({ text: 'look', images: [{ type: 'image/png' }] });
  const event = deliveries[0]?.payload.event as { files: { url_private_download: string }[] };
  const address = String(event.files[0]?.url_private_download);
  const get = (token: string) => fetch(address, { redirect: 'manual', headers: { authorization: `Bearer ${token}` } });
  expect(Buffer.from(await (await get(team.botToken)).arrayBuffer())).toEqual(png);
  expect((await get('xoxb-nobody')).status).toBe(302);
});
