import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createI18n } from '#src/i18n.ts';
import { rawRequest } from '#tests/bots/playground/raw-request.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { fourColors } from '#tests/media/pictures.ts';
import { playgroundClient } from '#tests/playground-client.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

const i18n = createI18n();
const english = { locale: 'en', timeZone: 'UTC' };
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({}, { providers: [createFakeProvider()] });
});
afterAll(async () => app.stop());

test.each([
  ['png', () => fourColors(8, 8).png().toBuffer()],
  ['jpeg', () => fourColors(8, 8).jpeg().toBuffer()],
  ['webp', () => fourColors(8, 8).webp().toBuffer()],
])('serves an attached %s as what it is, whatever it was called', async (type, make) => {
  const bytes = await make();
  const url = await attach('page.html', 'text/html', bytes);
  const answer = await fetch(new URL(url, app.url));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe(`image/${type}`);
  expect(answer.headers.get('content-disposition')).toBeNull();
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
});

test.each([
  ['a page', 'image/png', '<!DOCTYPE html><script>alert(1)</script>'],
  [
    'a drawing with a script',
    'image/svg+xml',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
  ],
  ['a script', 'text/javascript', 'alert(1)'],
  ['nothing', 'image/png', ''],
])('serves %s only as a download that no browser runs', async (_, type, content) => {
  const url = await attach('fox.png', type, Buffer.from(content));
  const answer = await fetch(new URL(url, app.url));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  expect(answer.headers.get('content-disposition')).toBe('attachment');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await answer.text()).toBe(content);
});

test('has nothing at addresses outside the room', async () => {
  const { sql, deps } = app;
  const [other] = await sql<{ id: string }[]>`
    insert into workspaces (platform, platform_id, name) values ('elsewhere', 'w', 'w') returning id`;
  const bytes = await fourColors(12, 4).png().toBuffer();
  const foreign = await deps.blobs.putTemporary(`${other?.id}/a`, bytes);
  const kept = await deps.blobs.put(other?.id ?? '', bytes);
  const [, room = '', name = ''] = /files\/([^/]+)\/(.+)$/.exec(await attach('a.png', '', Buffer.from('a'))) ?? [];
  for (const path of [
    foreign,
    kept,
    `${room}/${kept.split('/')[1]}`,
    `${room}/..%2f${foreign.replace('/', '%2f')}`,
    `${room}/../${foreign}`,
    `${room}/%2e%2e/${foreign}`,
    `${randomUUID()}/${name}`,
    `${room}/${name}%00`,
    `${room}/${name.toUpperCase()}x`,
    `${room}/..%2f..%2f..%2fetc%2fpasswd`,
    `${room}/%2e%2e%2f%2e%2e%2fetc%2fpasswd`,
    '../../../../etc/passwd',
    '..%2f..%2f..%2fetc/passwd',
    room,
    `${room}/`,
    '',
  ]) {
    const answer = await rawRequest(app.url, `/playground/files/${path}`);
    expect(answer.status, path).toBe(404);
    expect(answer.json(), path).toEqual({ error: { code: 'notFound', message: expect.any(String) } });
  }
  expect((await rawRequest(app.url, `/playground/files/${room}/${name}`)).text).toBe('a');
});

test('takes file names with characters that no database and no screen has', async () => {
  const name = 'a\0b\u001b[31m\ud800<b>.txt';
  const shownName = 'a␀b␛[31m\ufffd<b>.txt';
  const client = playgroundClient(app.url, 'ada');
  const id = await client.say('/imagine a fox', [
    { name, type: 'text/plain', base64: Buffer.from('no picture').toString('base64') },
  ]);
  const messages = await client.messages();
  const typed = messages.find((message) => message.id === id);
  const answer = messages.at(-1);
  expect(typed?.attachments[0]?.name).toBe('a␀b\u001b[31m\ufffd<b>.txt');
  expect(answer).toMatchObject({ author: 'easel', private: true, tone: 'error' });
  expect(answer?.text).toBe(i18n.say({ key: 'errors.attachment.notImage', values: { name: shownName } }, english));
});

/** Attaches a file to a message and resolves to the address it is shown under. */
async function attach(name: string, type: string, bytes: Buffer): Promise<string> {
  const client = playgroundClient(app.url, 'ada');
  const id = await client.say('/help', [{ name, type, base64: bytes.toString('base64') }]);
  const url = (await client.messages()).find((message) => message.id === id)?.attachments[0]?.url;
  if (!url) throw new Error('the file is not shown');
  return url;
}
