import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDoneCard, isGallery, playgroundClient } from '#tests/playground-client.ts';
import { startOpenAiServer } from '#tests/servers/openai.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

describe('a batch made by a server that speaks the OpenAI interface', () => {
  let server: Awaited<ReturnType<typeof startOpenAiServer>>;
  let app: TestApp;

  beforeAll(async () => {
    server = await startOpenAiServer({ apiKey: 'test-key', latencyMs: 200, sideMax: 256 });
    app = await startTestApp({ OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: server.url });
  });
  afterAll(async () => {
    await app.stop();
    await server.close();
  });

  it("shows the server's own pictures, pixel for pixel, and its previews before", async () => {
    const ada = playgroundClient(app.url, 'ada');
    await ada.say('/imagine a lighthouse --n 2');
    const preview = await ada.waitFor(
      (message) => message.progress !== null && message.images.some(({ url }) => url.includes('partial-')),
    );
    expect((await sharp(await ada.picture(preview, 0)).metadata()).width).toBeGreaterThan(0);
    const card = await ada.waitFor(isDoneCard);
    expect(card.text).not.toContain('Placeholder');
    const gallery = await ada.waitFor(isGallery);
    expect(gallery.images).toHaveLength(2);
    const pixels = async (bytes: Uint8Array) => (await sharp(bytes).removeAlpha().raw().toBuffer()).toString('base64');
    const shown = await Promise.all(gallery.images.map(async (_, index) => pixels(await ada.picture(gallery, index))));
    const given = await Promise.all(server.images.map(({ bytes }) => pixels(bytes)));
    expect(new Set(shown)).toEqual(new Set(given));
  });

  it('waits as long as a 429 asks, then succeeds, without counting it as a try', async () => {
    const bo = playgroundClient(app.url, 'bo');
    server.fail({ kind: 'rate_limit', retryAfter: '2' }, { prompt: (prompt) => prompt === 'a busy market' });
    await bo.say('/imagine a busy market');
    const gallery = await bo.waitFor(
      (message) => isGallery(message) && message.images[0]?.alt.includes('a busy market') === true,
    );
    expect(gallery.images).toHaveLength(1);
    const requests = server.requests.filter(({ prompt }) => prompt === 'a busy market');
    expect(requests).toHaveLength(2);
    const [image] = await app.sql`select attempts from images where prompt = 'a busy market'`;
    expect(image?.attempts).toBe(1);
    const [clock] = await app.sql`
      select paused_until - dispatched_at >= interval '1.9 seconds' as waited, finished_at >= paused_until as obeyed
      from images, dispatch_clocks where prompt = 'a busy market' and dispatch_clocks.provider_id = 'openai'`;
    expect(clock).toEqual({ waited: true, obeyed: true });
  });

  it('fails the blocked picture alone, says why in the language of its person, and returns its credits', async () => {
    const bo = playgroundClient(app.url, 'bo');
    server.fail({ kind: 'moderation' }, { times: 10, prompt: (prompt) => prompt === 'something forbidden' });
    await bo.say('/imagine a kind dragon\nsomething forbidden');
    const card = await bo.waitFor((message) => isDoneCard(message) && message.text.includes('something forbidden'));
    expect(card.lines).toContain('第 2 張：影像供應商的安全規則不允許這個內容。不收點數。');
    const rows = await app.sql`
      select i.prompt, i.state, i.credits, array_agg(l.kind order by l.id) as kinds from images i
      join ledger l on l.source = 'image:' || i.id where i.prompt in ('a kind dragon', 'something forbidden')
      group by i.id order by i.id`;
    expect(rows.map(({ prompt, state, kinds }) => ({ prompt, state, kinds }))).toEqual([
      { prompt: 'a kind dragon', state: 'succeeded', kinds: ['reserve', 'settle'] },
      { prompt: 'something forbidden', state: 'blocked', kinds: ['reserve', 'refund'] },
    ]);
    expect(server.generationsOf('something forbidden')).toBe(0);
  });

  it('sends an attached picture as a reference', async () => {
    const ada = playgroundClient(app.url, 'ada');
    const photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer();
    await ada.say('/imagine in the colours of this photo', [
      { name: 'photo.jpg', type: 'image/jpeg', base64: photo.toString('base64') },
    ]);
    await ada.waitFor((message) => isGallery(message) && message.images[0]?.alt.includes('in the colours') === true);
    const edits = server.requests.filter(({ endpoint }) => endpoint === 'edits');
    expect(edits.map(({ prompt, pictures }) => ({ prompt, count: pictures.length }))).toEqual([
      { prompt: 'in the colours of this photo', count: 1 },
    ]);
  });

  it('has the words written out by the text model of the same server, shows them, and makes the picture of them', async () => {
    const bo = playgroundClient(app.url, 'bo');
    await bo.say('/imagine 雪中的紅狐 --n 2 --enhance');
    const card = await bo.waitFor((message) => isDoneCard(message) && message.text.includes('雪中的紅狐'));
    const words = '雪中的紅狐，柔和的晨光從左側灑下，第 1 版。';
    expect(card.lines).toContain(`擴寫後的提示詞：${words}`);
    const gallery = await bo.waitFor(
      (message) => isGallery(message) && message.images[0]?.alt.includes('雪中') === true,
    );
    expect(gallery.images.map(({ alt }) => alt.includes(words))).toEqual([true, true]);
    expect(server.texts).toHaveLength(1);
    expect(server.requests.filter(({ prompt }) => prompt === words)).toHaveLength(2);
  });

  it('makes the picture of the words as typed where the text model will not write them out, and says so', async () => {
    const ada = playgroundClient(app.url, 'ada');
    server.failText({ kind: 'refusal' });
    await ada.say('/imagine a plain owl --enhance');
    const card = await ada.waitFor((message) => isDoneCard(message) && message.text.includes('a plain owl'));
    expect(card.lines).toContain(
      'The words could not be written out just now; the pictures were made from them as typed.',
    );
    expect(server.generationsOf('a plain owl')).toBe(1);
  });
});
