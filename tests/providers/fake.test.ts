import { expect, test } from 'vitest';
import { type ImageRequest, ProviderError } from '#core/ports/images.ts';
import { describeImageProvider } from '#tests/contracts/image-provider.ts';
import { describePromptWriter } from '#tests/contracts/prompt-writer.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { createFakeWriter } from '#tests/fakes/writer.ts';

const request: ImageRequest = {
  operation: 'generate',
  model: 'fake',
  prompt: 'a fox',
  size: { width: 512, height: 512 },
  inputs: [],
};
const options = { signal: new AbortController().signal, key: 'k', saveHandle: async () => undefined };

describeImageProvider('the fake', async () => {
  const provider = createFakeProvider();
  const fail = (reason: 'rate_limited' | 'content_blocked', rest: { retryable: boolean; retryAfterMs?: number }) => {
    provider.failNext(new ProviderError(reason, 'planned', rest));
    return rest;
  };
  return {
    provider,
    provoke: {
      rate_limited: () => fail('rate_limited', { retryable: true, retryAfterMs: 2000 }),
      content_blocked: () => fail('content_blocked', { retryable: false }),
    },
  };
});

test('finishes a gated call when the test says so, not before', async () => {
  const provider = createFakeProvider({ gated: true });
  const [first, second] = [provider.generate(request, options), provider.generate(request, { ...options, key: 'l' })];
  await provider.called(2);
  expect(provider.calls.map(({ state }) => state)).toEqual(['running', 'running']);
  provider.calls[1]?.fail(new ProviderError('server', 'planned', { retryable: true }));
  await expect(second).rejects.toMatchObject({ reason: 'server' });
  expect(provider.calls.map(({ key, state }) => [key, state])).toEqual([
    ['k', 'running'],
    ['l', 'failed'],
  ]);
  provider.finishAll();
  await expect(first).resolves.toMatchObject({ type: 'png' });
});

test('fails only the calls whose prompt matches', async () => {
  const provider = createFakeProvider();
  provider.failNext(new ProviderError('server', 'planned', { retryable: true }), {
    prompt: (prompt) => prompt === 'bad',
    times: 2,
  });
  await expect(provider.generate(request, options)).resolves.toMatchObject({ type: 'png' });
  const bad = { ...request, prompt: 'bad' };
  await expect(provider.generate(bad, options)).rejects.toMatchObject({ reason: 'server' });
  await expect(provider.generate(bad, options)).rejects.toMatchObject({ reason: 'server' });
  await expect(provider.generate(bad, options)).resolves.toMatchObject({ type: 'png' });
});

describePromptWriter('the fake', async () => {
  const writer = createFakeWriter();
  const fail = (reason: 'rate_limited' | 'content_blocked', rest: { retryable: boolean; retryAfterMs?: number }) => {
    writer.failNext(new ProviderError(reason, 'planned', rest));
    return rest;
  };
  return {
    writer,
    provoke: {
      rate_limited: () => fail('rate_limited', { retryable: true, retryAfterMs: 2000 }),
      content_blocked: () => fail('content_blocked', { retryable: false }),
    },
    hold: () => writer.hold(),
  };
});
