import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GenerateOptions, ImageProvider, ImageRequest } from '#core/ports/images.ts';
import { createProviders, readProviders } from '#providers/index.ts';
import { describeImageProvider } from '#tests/contracts/image-provider.ts';
import { type OpenAiServer, startOpenAiServer } from '#tests/servers/openai.ts';
import type { OpenAiFault } from '#tests/servers/openai-faults.ts';
import { paint } from '#tests/servers/openai-pictures.ts';

const apiKey = 'sk-test';

function createOpenAi(server: { url: string }): ImageProvider {
  const { configs, problems } = readProviders({ OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: server.url });
  const [provider] = createProviders(configs, { fetch });
  if (!provider) throw new Error(problems.join());
  return provider;
}

describeImageProvider('openai', async () => {
  const server = await startOpenAiServer({ apiKey });
  const fail = (fault: OpenAiFault, expected: { retryable: boolean; retryAfterMs?: number }) => () => {
    server.fail(fault);
    return expected;
  };
  return {
    provider: createOpenAi(server),
    provoke: {
      rate_limited: fail({ kind: 'rate_limit', retryAfter: '2' }, { retryable: true, retryAfterMs: 2000 }),
      content_blocked: fail({ kind: 'moderation' }, { retryable: false }),
      bad_request: fail({ kind: 'bad_request' }, { retryable: false }),
      auth: fail({ kind: 'unauthorized' }, { retryable: false }),
      quota: fail({ kind: 'quota' }, { retryable: false }),
      server: fail({ kind: 'server_error' }, { retryable: true }),
      network: fail({ kind: 'cut' }, { retryable: true }),
      bad_answer: fail({ kind: 'truncated_json' }, { retryable: true }),
    },
    hold: () => {
      const started = server.received(server.requests.length + 1);
      server.fail({ kind: 'hang' });
      return { started };
    },
    stop: server.close,
  };
});

describe('openai', () => {
  let server: OpenAiServer;
  let provider: ImageProvider;
  let prompt: string;
  beforeAll(async () => {
    server = await startOpenAiServer({ apiKey });
    provider = createOpenAi(server);
  });
  afterAll(async () => server.close());
  beforeEach(({ task }) => {
    prompt = task.name;
  });

  async function generate(changes: Partial<ImageRequest> = {}, options: Partial<GenerateOptions> = {}) {
    const size = { width: 512, height: 512 };
    return await provider.generate(
      { operation: 'generate', model: 'gpt-image-2', prompt, size, inputs: [], ...changes },
      { signal: new AbortController().signal, key: 'k', saveHandle: async () => undefined, ...options },
    );
  }
  const streaming = () => ({ onPartial: () => undefined });
  const servedBytes = () => server.images.findLast((image) => image.prompt === prompt)?.bytes;

  test('gives out exactly the bytes the server made, one generation a call', async () => {
    const { bytes, type } = await generate();
    expect(type).toBe('png');
    expect(servedBytes()?.equals(bytes)).toBe(true);
    expect(server.generationsOf(prompt)).toBe(1);
  });

  test('streams two previews and then the same picture', async () => {
    const partials: Uint8Array[] = [];
    const { bytes } = await generate({}, { onPartial: (partial) => partials.push(partial) });
    expect(partials).toHaveLength(2);
    expect(servedBytes()?.equals(bytes)).toBe(true);
  });

  test('counts the cost from the tokens the server reports', async () => {
    const { cost } = await generate({ prompt: 'x'.repeat(400) });
    expect(cost).toEqual({ micros: 100 * 5 + 1056 * 30, currency: 'USD' });
  });

  test('edits with the pictures and the mask it was given', async () => {
    const bytes = await paint({ seed: 'input', width: 64, height: 64, format: 'png' });
    const result = await generate({
      operation: 'edit',
      inputs: [
        { role: 'source', bytes, type: 'png' },
        { role: 'mask', bytes, type: 'png' },
      ],
    });
    const request = server.requests.findLast((one) => one.prompt === prompt);
    expect(request).toMatchObject({ endpoint: 'edits', pictures: [{ type: 'image/png' }] });
    expect(bytes.equals(request?.pictures[0]?.bytes ?? new Uint8Array())).toBe(true);
    expect(bytes.equals(request?.mask ?? new Uint8Array())).toBe(true);
    expect(servedBytes()?.equals(result.bytes)).toBe(true);
    expect(result.cost?.micros).toBe(Math.ceil(prompt.length / 4) * 5 + 300 * 8 + 1056 * 30);
  });

  test('sends nothing under a signal that has already fired', async () => {
    const before = server.requests.length;
    await expect(generate({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'aborted' });
    expect(server.requests.length).toBe(before);
  });

  test('streams previews of an edit too', async () => {
    const bytes = await paint({ seed: 'input', width: 64, height: 64, format: 'png' });
    const partials: Uint8Array[] = [];
    const inputs = [{ role: 'reference' as const, bytes, type: 'png' as const }];
    await generate({ operation: 'edit', inputs }, { onPartial: (partial) => partials.push(partial) });
    expect(partials).toHaveLength(2);
  });

  test('refuses an edit without a picture before it costs anything', async () => {
    await expect(generate({ operation: 'edit' })).rejects.toMatchObject({ reason: 'bad_request', retryable: false });
    expect(server.requests.filter((request) => request.prompt === prompt)).toEqual([]);
  });

  test('takes plain JSON from a server that does not stream', async () => {
    server.fail({ kind: 'plain_json' });
    const { bytes } = await generate({}, streaming());
    expect(servedBytes()?.equals(bytes)).toBe(true);
  });

  test('fetches a picture that the server only names, from its own address', async () => {
    server.fail({ kind: 'url_answer' });
    const { bytes } = await generate();
    expect(servedBytes()?.equals(bytes)).toBe(true);
  });

  test('does not fetch from a private address of another server', async () => {
    const other = await startOpenAiServer();
    server.fail({ kind: 'url_answer', url: `${new URL(other.url).origin}/files/0` });
    await expect(generate()).rejects.toMatchObject({ reason: 'bad_answer', retryable: true });
    await other.close();
  });

  test.each<[string, OpenAiFault, boolean, object]>([
    ['a stream without its picture', { kind: 'no_completed_event' }, true, { reason: 'bad_answer', retryable: true }],
    ['an answer cut off', { kind: 'truncated_json' }, false, { reason: 'bad_answer', retryable: true }],
    ['an empty answer', { kind: 'empty_body' }, false, { reason: 'bad_answer', retryable: true }],
    ['an empty answer to a stream', { kind: 'empty_body' }, true, { reason: 'bad_answer', retryable: true }],
    ['bytes that are no picture', { kind: 'not_an_image' }, false, { reason: 'bad_answer', retryable: true }],
    ['such bytes in a stream', { kind: 'not_an_image' }, true, { reason: 'bad_answer', retryable: true }],
    ['a connection cut in the answer', { kind: 'cut_midway' }, false, { reason: 'network', retryable: true }],
    ['a connection cut in the stream', { kind: 'cut_midway' }, true, { reason: 'network', retryable: true }],
    [
      'a block inside the stream',
      { kind: 'stream_error', code: 'moderation_blocked', type: 'image_generation_user_error' },
      true,
      { reason: 'content_blocked', retryable: false },
    ],
    [
      'a failure inside the stream',
      { kind: 'stream_error', code: 'internal', type: 'server_error' },
      true,
      { reason: 'server', retryable: true },
    ],
    [
      'a wait in milliseconds',
      { kind: 'rate_limit', retryAfterMs: 150 },
      true,
      { reason: 'rate_limited', retryAfterMs: 150 },
    ],
    ['an overloaded server', { kind: 'server_error', status: 503 }, true, { reason: 'server', retryable: true }],
    ['the hard limit of the bill', { kind: 'billing_limit' }, false, { reason: 'quota', retryable: false }],
  ])('says what is wrong after %s, and asks once', async (_what, fault, isStreamed, expected) => {
    server.fail(fault);
    const before = server.requests.length;
    await expect(generate({}, isStreamed ? streaming() : {})).rejects.toMatchObject(expected);
    expect(server.requests.length - before).toBe(1);
  });

  test('ends in the middle of a stream that stops coming', async () => {
    server.fail({ kind: 'hang_after_partials' });
    const controller = new AbortController();
    let previews = 0;
    const onPartial = () => {
      previews += 1;
      if (previews === 2) setImmediate(() => controller.abort());
    };
    const pending = generate({}, { signal: controller.signal, onPartial });
    await expect(pending).rejects.toMatchObject({ reason: 'aborted' });
  });

  test('cannot be reached: a network failure that may pass', async () => {
    const gone = await startOpenAiServer();
    await gone.close();
    provider = createOpenAi(gone);
    await expect(generate()).rejects.toMatchObject({ reason: 'network', retryable: true });
    provider = createOpenAi(server);
  });

  test('is held to the documented limits by the test server', async () => {
    await expect(generate({ prompt: 'x'.repeat(32_001) })).rejects.toMatchObject({ reason: 'bad_request' });
    const wrongKey = createProviders(readProviders({ OPENAI_API_KEY: 'no', OPENAI_BASE_URL: server.url }).configs, {
      fetch,
    });
    provider = wrongKey[0] ?? provider;
    await expect(generate()).rejects.toMatchObject({ reason: 'auth' });
    provider = createOpenAi(server);
  });

  test.each(['gpt-image-1', 'gpt-image-1-mini', 'gpt-image-1.5', 'gpt-image-2.5-flare', 'gpt-image-2.6-sunburst'])(
    'makes a wide picture with %s in every format',
    async (model) => {
      for (const format of ['png', 'jpeg', 'webp'] as const) {
        const size = { width: 1536, height: 1024 };
        expect(await generate({ model, format, size, quality: 'low' })).toMatchObject({ type: format, warnings: [] });
      }
    },
  );
});

describe('openai with servers that are only nearly compatible', () => {
  async function generateFrom(answer: { body: string; type: string }, options: Partial<GenerateOptions> = {}) {
    const answering = async () => new Response(answer.body, { headers: { 'content-type': answer.type } });
    const [provider] = createProviders(readProviders({ OPENAI_API_KEY: apiKey }).configs, { fetch: answering });
    if (!provider) throw new Error('openai is on');
    return await provider.generate(
      {
        operation: 'generate',
        model: 'gpt-image-2',
        prompt: 'a fox',
        size: { width: 512, height: 512 },
        format: 'png',
        inputs: [],
      },
      { signal: new AbortController().signal, key: 'k', saveHandle: async () => undefined, ...options },
    );
  }
  const picture = async (width: number, height: number, format: 'png' | 'jpeg' = 'png') =>
    (await paint({ seed: 'x', width, height, format })).toString('base64');
  const json = (data: object, type = 'application/json') => ({ body: JSON.stringify({ data: [data] }), type });

  test('says when the picture came in another shape or format', async () => {
    const { type, warnings } = await generateFrom(json({ b64_json: await picture(64, 48, 'jpeg') }));
    expect(type).toBe('jpeg');
    expect(warnings).toEqual(['size_changed', 'format_changed']);
  });

  test('takes the listed price where no tokens are reported, and the prompt as revised', async () => {
    const { cost, revisedPrompt } = await generateFrom(
      json({ b64_json: await picture(64, 64), revised_prompt: 'a vixen' }),
    );
    expect(cost).toEqual({ micros: 53_000, currency: 'USD' });
    expect(revisedPrompt).toBe('a vixen');
  });

  test('reads JSON under another content type, and a data URL where base64 is due', async () => {
    const b64_json = `data:image/png;base64,${await picture(64, 64)}`;
    expect(await generateFrom(json({ b64_json }, 'text/plain'))).toMatchObject({ type: 'png', warnings: [] });
  });

  test.each(['{}', '{"data":[]}', '{"data":[{}]}', '[]', 'null', '"text"', '<html>'])(
    'calls %s a bad answer',
    async (body) => {
      const answer = generateFrom({ body, type: 'application/json' });
      await expect(answer).rejects.toMatchObject({ reason: 'bad_answer', retryable: true });
    },
  );

  const event = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

  test('gives no picture to a caller who aborted, though it came with the preview', async () => {
    const b64_json = await picture(64, 64);
    const body = ['partial_image', 'completed'].map((name) => event(`image_generation.${name}`, { b64_json })).join('');
    const controller = new AbortController();
    const options = { signal: controller.signal, onPartial: () => controller.abort() };
    await expect(generateFrom({ body, type: 'text/event-stream' }, options)).rejects.toMatchObject({
      reason: 'aborted',
    });
  });

  test('skips events it does not know and previews that are no picture', async () => {
    const body = [
      event('image_generation.queued', {}),
      event('image_generation.partial_image', {}),
      event('image_generation.partial_image', { b64_json: 'bm90IGEgcGljdHVyZQ==' }),
      event('image_generation.completed', { b64_json: await picture(64, 64) }),
    ].join('');
    const partials: Uint8Array[] = [];
    const onPartial = (bytes: Uint8Array) => void partials.push(bytes);
    expect(await generateFrom({ body, type: 'text/event-stream' }, { onPartial })).toMatchObject({ type: 'png' });
    expect(partials).toEqual([]);
  });

  test('calls a stream whose event is broken a bad answer', async () => {
    const body = 'event: image_generation.completed\ndata: {"type":"image_generation.comp\n\n';
    const answer = generateFrom({ body, type: 'text/event-stream' }, { onPartial: () => undefined });
    await expect(answer).rejects.toMatchObject({ reason: 'bad_answer' });
  });
});
