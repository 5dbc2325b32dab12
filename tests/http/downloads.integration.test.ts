import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDownloadRoutes } from '#http/download-routes.ts';
import { type HttpServer, startHttpServer } from '#http/server.ts';
import { createTestCore, imagesOf, publicAddress, request, say, sender, type TestCore } from '#tests/factories.ts';
import { readZip, sha256 } from '#tests/read-zip.ts';

const day = 24 * 60 * 60_000;
const megabyte = 1024 * 1024;
const ann = sender('ann');
let now = new Date('2026-11-27T08:00:00Z');
let core: TestCore;
let server: HttpServer;

beforeAll(async () => {
  core = await createTestCore({ now: () => now });
  server = await serve();
});
afterAll(async () => {
  await server.close();
  await core[Symbol.asyncDispose]();
});

function serve(timing?: { stalledMaxMs: number }): Promise<HttpServer> {
  return startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: core.deps.log,
    checkReady: async () => undefined,
    webhooks: [],
    routes: [createDownloadRoutes(core.deps, timing)],
  });
}

async function finished(text: string): Promise<string> {
  const batch = await request(core, ann, text);
  await core.queue.run(core.deps);
  return batch;
}

/** The path of a new link to a batch. */
async function linkTo(batch: string): Promise<string> {
  const reply = await say(core, ann, `/zip ${batch}`);
  const lines = reply.kind === 'message' ? reply.message.lines : [];
  const url = lines.flatMap((line) => ('url' in line ? [line.url] : []))[0] ?? '';
  expect(url.startsWith(publicAddress)).toBe(true);
  return url.slice(publicAddress.length);
}

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${server.url}${path}`, { method, headers });
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

/** Replaces the originals of a batch with large ones, which no picture has to be drawn for. */
async function enlarge(batch: string, bytes: number): Promise<void> {
  const [row] = await core.sql`select workspace_id from batches where id = ${batch}`;
  for (const { id } of await imagesOf(core, batch)) {
    const key = await core.deps.blobs.put(row?.workspace_id, randomBytes(bytes));
    await core.sql`update images set original = ${key} where id = ${id}`;
  }
}

describe('a link', () => {
  it('gives every original as it is stored, and a manifest that says what each is', { timeout: 300_000 }, async () => {
    const batch = await finished('a {red, "blue", =1+1, 狐狸} fox, {1..29} --no "-text" --seed 7');
    const answer = await get(await linkTo(batch));
    expect(answer.status).toBe(200);
    const bytes = await bytesOf(answer);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-length': String(bytes.length),
      'content-disposition': `attachment; filename="easel-${batch}.zip"`,
      'cache-control': 'no-store, no-transform',
      'x-robots-tag': 'noindex',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    });
    const [manifest, ...pictures] = await readZip(bytes);
    const rows = await imagesOf(core, batch);
    expect(pictures).toHaveLength(116);
    expect(pictures.map(({ name }) => name)).toEqual(
      rows.map(({ number }) => `${batch}-${String(number).padStart(3, '0')}.png`),
    );
    expect(pictures.map((file) => sha256(file.bytes))).toEqual(rows.map(({ original }) => original?.split('/')[1]));
    expect(pictures.every(({ stored, utf8 }) => stored && utf8)).toBe(true);

    expect(manifest?.name).toBe('manifest.csv');
    const csv = Papa.parse<Record<string, string>>(manifest?.bytes.toString() ?? '', {
      header: true,
      skipEmptyLines: true,
    });
    expect(csv.errors).toEqual([]);
    const stored = await core.sql`select * from images where batch_id = ${batch} order by number`;
    expect(csv.data).toEqual(
      stored.map((row, index) => ({
        file: pictures[index]?.name,
        number: String(row.number),
        prompt: row.prompt,
        enhanced: '',
        negative: `'${row.negative}`,
        seed: String(row.seed),
        model: row.model,
        width: String(row.width),
        height: String(row.height),
        credits: String(row.credits),
      })),
    );
    expect(csv.data.some(({ prompt }) => prompt?.includes('狐狸'))).toBe(true);
  });

  it('gives the same bytes each time', async () => {
    const batch = await finished('a fox --n 3');
    const [one, other] = [await get(await linkTo(batch)), await get(await linkTo(batch))];
    expect(one.headers.get('etag')).toBe(other.headers.get('etag'));
    expect((await bytesOf(one)).equals(await bytesOf(other))).toBe(true);
  });

  it('tells its length without giving anything, when asked by HEAD', async () => {
    const path = await linkTo(await finished('a fox --n 3'));
    const { length } = await bytesOf(await get(path));
    const answer = await get(path, {}, 'HEAD');
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(length)]);
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    expect((await bytesOf(answer)).length).toBe(0);
  });

  it('leaves out a picture that is no longer stored, and lists it without a file', async () => {
    const batch = await finished('a fox --n 3');
    const rows = await imagesOf(core, batch);
    const path = await linkTo(batch);
    const before = (await get(path, {}, 'HEAD')).headers.get('etag');
    await core.deps.blobs.delete(rows[1]?.original ?? '');
    const answer = await get(path);
    expect(answer.headers.get('etag')).not.toBe(before);
    const [manifest, ...pictures] = await readZip(await bytesOf(answer));
    expect(pictures.map(({ name }) => name)).toEqual([`${batch}-1.png`, `${batch}-3.png`]);
    const { data } = Papa.parse<string[]>(manifest?.bytes.toString() ?? '', { skipEmptyLines: true });
    expect(data.slice(1).map(([file, number]) => [file, number])).toEqual([
      [`${batch}-1.png`, '1'],
      ['', '2'],
      [`${batch}-3.png`, '3'],
    ]);
  });

  it('leaves out pictures that failed', async () => {
    const batch = await finished('a fox --n 3');
    await core.sql`update images set state = 'failed', original = null where batch_id = ${batch} and number = 2`;
    const files = await readZip(await bytesOf(await get(await linkTo(batch))));
    expect(files.map(({ name }) => name)).toEqual(['manifest.csv', `${batch}-1.png`, `${batch}-3.png`]);
  });
});

describe('a part of a download', () => {
  let path: string;
  let whole: Buffer;
  let etag: string;
  beforeAll(async () => {
    path = await linkTo(await finished('a fox --n 3'));
    const answer = await get(path);
    etag = answer.headers.get('etag') ?? '';
    whole = await bytesOf(answer);
  });

  it.each([
    ['from the beginning', 'bytes=0-99', (length: number) => [0, Math.min(99, length - 1)]],
    ['in the middle', 'bytes=1000-1999', () => [1000, 1999]],
    ['of one byte', 'bytes=5-5', () => [5, 5]],
    ['from a byte on', 'bytes=1500-', (length: number) => [1500, length - 1]],
    ['of the last bytes', 'bytes=-22', (length: number) => [length - 22, length - 1]],
    ['longer than there is', 'bytes=100-999999999', (length: number) => [100, length - 1]],
    ['that is everything', 'bytes=0-', (length: number) => [0, length - 1]],
  ])('%s is given', async (_, range, find) => {
    const [start = 0, end = 0] = find(whole.length);
    const answer = await get(path, { range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/${whole.length}`);
    expect(answer.headers.get('content-length')).toBe(String(end - start + 1));
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    expect((await bytesOf(answer)).equals(whole.subarray(start, end + 1))).toBe(true);
  });

  it.each(['bytes=999999999-', 'bytes=-0', 'bytes=999999999-1999999999'])(
    'that does not exist is refused with the length: %s',
    async (range) => {
      const answer = await get(path, { range });
      expect(answer.status).toBe(416);
      expect(answer.headers.get('content-range')).toBe(`bytes */${whole.length}`);
      expect(answer.headers.get('content-type')).not.toBe('application/zip');
    },
  );

  it.each(['bytes=5-2', 'bytes=x-y', 'pages=1-2', 'bytes', 'bytes=0-1,5-9'])(
    'that is none, or several, gives the whole: %s',
    async (range) => {
      const answer = await get(path, { range });
      expect(answer.status).toBe(200);
      expect((await bytesOf(answer)).equals(whole)).toBe(true);
    },
  );

  it('is given only to who has the beginning of the very same', async () => {
    const statusOf = async (ifRange: string) => (await get(path, { range: 'bytes=5-', 'if-range': ifRange })).status;
    expect(await statusOf(etag)).toBe(206);
    expect(await statusOf('"other"')).toBe(200);
    expect(await statusOf(`W/${etag}`)).toBe(200);
    expect(await statusOf('Fri, 27 Nov 2026 08:00:00 GMT')).toBe(200);
  });

  it('put together with the rest is the whole, across every edge of a file', async () => {
    const pieces: Buffer[] = [];
    for (let start = 0; start < whole.length; start += 777) {
      pieces.push(await bytesOf(await get(path, { range: `bytes=${start}-${start + 776}` })));
    }
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
  });
});

describe('an address that opens nothing', () => {
  const gone = /^There is nothing to download at this address\./;

  async function expectNothing(path: string): Promise<void> {
    for (const method of ['GET', 'HEAD']) {
      const answer = await get(path, { range: 'bytes=0-1' }, method);
      const text = await answer.text();
      expect([path, answer.status], text).toEqual([path, 404]);
      if (method === 'GET') expect(text).toMatch(gone);
      expect(answer.headers.get('cache-control')).toContain('no-store');
      expect(answer.headers.get('x-robots-tag')).toBe('noindex');
      expect(answer.headers.get('content-disposition')).toBeNull();
    }
  }

  it('is one with a token or a name that was never given out', async () => {
    const batch = await finished('a fox');
    const path = await linkTo(batch);
    const [, , token = '', name = ''] = path.split('/');
    const [row] = await core.sql`select token_hash from download_links order by created_at desc limit 1`;
    for (const wrong of [
      `/files/${'0'.repeat(64)}/${name}`,
      `/files/${token.slice(0, -1)}/${name}`,
      `/files/${token.toUpperCase()}/${name}`,
      `/files/${token}x/${name}`,
      `/files/${row?.token_hash}/${name}`,
      `/files/${token}/other.zip`,
      `/files/${token}/${batch}`,
      `/files/%00/${name}`,
      `/files/${token}/${encodeURIComponent(`../${name}`)}`,
    ]) {
      await expectNothing(wrong);
    }
    expect((await get(path)).status).toBe(200);
  });

  it('is one that has expired', async () => {
    const path = await linkTo(await finished('a fox'));
    const asked = now;
    try {
      now = new Date(asked.getTime() + 7 * day - 1);
      expect((await get(path, {}, 'HEAD')).status).toBe(200);
      now = new Date(asked.getTime() + 7 * day);
      await expectNothing(path);
    } finally {
      now = asked;
    }
  });

  it('is one that was ended, which ends no link to another batch', async () => {
    const [batch, other] = [await finished('a fox'), await finished('an owl')];
    const [one, two, kept] = [await linkTo(batch), await linkTo(batch), await linkTo(other)];
    await say(core, ann, `/zip ${batch} --links off`);
    await expectNothing(one);
    await expectNothing(two);
    expect((await get(kept)).status).toBe(200);
    expect((await get(await linkTo(batch))).status).toBe(200);
  });

  it.each([
    ['zh-TW,zh;q=0.9,en;q=0.5', 'zh-TW', /^這個位址沒有可以下載的內容。/],
    ['fr-FR,fr;q=0.9,zh-Hant;q=0.8', 'zh-TW', /^這個位址沒有可以下載的內容。/],
    ['de', 'en', gone],
    ['', 'en', gone],
  ])('says so in the language of the browser: %j', async (accepted, language, words) => {
    const answer = await get(`/files/${'0'.repeat(64)}/x.zip`, { 'accept-language': accepted });
    expect(answer.headers.get('content-language')).toBe(language);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toMatch(words);
  });
});

describe('reading', () => {
  const count = 12;
  const pieces = { read: 0, open: 0, mostOpen: 0 };
  let path: string;

  beforeAll(async () => {
    const batch = await finished(`a fox --n ${count}`);
    await enlarge(batch, 4 * megabyte);
    path = await linkTo(batch);
    const { stream } = core.deps.blobs;
    core.deps.blobs.stream = async function* (key) {
      pieces.open += 1;
      pieces.mostOpen = Math.max(pieces.mostOpen, pieces.open);
      try {
        for await (const piece of stream(key)) {
          pieces.read += piece.length;
          yield piece;
        }
      } finally {
        pieces.open -= 1;
      }
    };
  });

  async function ask(of = server): Promise<Socket> {
    const { hostname, port } = new URL(of.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    return socket;
  }

  it('is one blob at a time', async () => {
    Object.assign(pieces, { read: 0, mostOpen: 0 });
    const files = await readZip(await bytesOf(await get(path)));
    expect(files).toHaveLength(count + 1);
    expect(pieces).toEqual({ read: count * 4 * megabyte, open: 0, mostOpen: 1 });
  });

  it('goes no further than who takes it, and ends when they hang up', async () => {
    pieces.read = 0;
    const socket = await ask();
    await once(socket, 'readable');
    let before = -1;
    await expect
      .poll(
        () => {
          const still = before === pieces.read && pieces.read > 0;
          before = pieces.read;
          return still;
        },
        { interval: 300 },
      )
      .toBe(true);
    expect(pieces.read).toBeLessThan((count * 4 * megabyte) / 2);
    expect(pieces.open).toBe(1);
    socket.destroy();
    await expect.poll(() => pieces.open).toBe(0);
    expect(pieces.read).toBeLessThan((count * 4 * megabyte) / 2);
  });

  it('ends for who takes nothing any more, though they never hang up', async () => {
    const impatient = await serve({ stalledMaxMs: 300 });
    const socket = await ask(impatient);
    await once(socket, 'readable');
    expect(pieces.open).toBe(1);
    await expect.poll(() => pieces.open).toBe(0);
    socket.destroy();
    await impatient.close();
  });

  it('ends with the last byte that was asked for', async () => {
    pieces.read = 0;
    expect((await bytesOf(await get(path, { range: 'bytes=0-5000000' }))).length).toBe(5_000_001);
    await expect.poll(() => pieces.open).toBe(0);
    expect(pieces.read).toBeLessThan(3 * 4 * megabyte);
  });

  it('of what vanished meanwhile breaks the download off rather than giving another file', async () => {
    const batch = await finished('a fox --n 4');
    await enlarge(batch, 4 * megabyte);
    const own = await linkTo(batch);
    const rows = await imagesOf(core, batch);
    const { size } = core.deps.blobs;
    core.deps.blobs.size = async (key) => (await size(key)) ?? 4 * megabyte;
    try {
      await core.deps.blobs.delete(rows[2]?.original ?? '');
      await expect(get(own).then(bytesOf)).rejects.toThrow();
    } finally {
      core.deps.blobs.size = size;
    }
    expect(pieces.open).toBe(0);
    expect((await readZip(await bytesOf(await get(own)))).length).toBe(4);
  });

  it('that cannot begin is told in a sentence, and nothing of why', async () => {
    const { size } = core.deps.blobs;
    core.deps.blobs.size = () => Promise.reject(new Error('EIO: /secret/path'));
    try {
      const answer = await get(path);
      expect([answer.status, await answer.text()]).toEqual([
        503,
        'The download does not work just now. Please try again in a moment.\n',
      ]);
    } finally {
      core.deps.blobs.size = size;
    }
  });
});
