import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Moderator } from '#core/ports/moderator.ts';
import { createModerator, readProviders } from '#providers/index.ts';
import { type OpenAiServer, startOpenAiServer } from '#tests/servers/openai.ts';
import type { OpenAiFault } from '#tests/servers/openai-faults.ts';

const apiKey = 'sk-test';
const model = 'omni-moderation-latest';
const open = (env: Record<string, string>) =>
  createModerator(readProviders({ OPENAI_API_KEY: apiKey, ...env }).configs, { fetch });

describe('openai as a moderator', () => {
  let server: OpenAiServer;
  let moderator: Moderator;
  beforeAll(async () => {
    server = await startOpenAiServer({ apiKey });
    const opened = open({ OPENAI_BASE_URL: server.url, OPENAI_MODERATION_MODEL: model });
    if (!opened) throw new Error('there is no moderator');
    moderator = opened;
  });
  afterAll(() => server.close());
  const ask = (text: string, signal = new AbortController().signal) => moderator.moderate(text, { signal });

  test('says what it objects to, and nothing of what is fine', async () => {
    expect(await ask('a lake')).toEqual([]);
    expect(await ask('much gore')).toEqual(['violence', 'violence/graphic']);
    expect(server.moderations.at(-1)).toEqual({ authorization: `Bearer ${apiKey}`, model, input: 'much gore' });
  });

  test.each<[OpenAiFault, object]>([
    [
      { kind: 'rate_limit', retryAfter: '2' },
      { reason: 'rate_limited', retryable: true, retryAfterMs: 2000 },
    ],
    [
      { kind: 'server_error', status: 503 },
      { reason: 'server', retryable: true },
    ],
    [{ kind: 'unauthorized' }, { reason: 'auth', retryable: false }],
    [{ kind: 'cut' }, { reason: 'network', retryable: true }],
    [{ kind: 'empty_body' }, { reason: 'bad_answer', retryable: true }],
  ])('%j is no verdict', async (fault, expected) => {
    server.failModeration(fault);
    await expect(ask('a lake')).rejects.toMatchObject(expected);
  });

  test('ends with its signal', async () => {
    server.failModeration({ kind: 'hang' });
    await expect(ask('a lake', AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'ProviderError' });
  });

  test('is there for OpenAI itself, and for another server only by name', () => {
    expect(open({})).toBeDefined();
    expect(open({ OPENAI_MODERATION_MODEL: 'off' })).toBeUndefined();
    expect(open({ OPENAI_BASE_URL: server.url })).toBeUndefined();
  });
});
