import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createProviders, readProviders } from '#providers/index.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const deps = { fetch };
const idsOf = (env: Record<string, string>) => readProviders(env).configs.map(({ id }) => id);

describe('readProviders', () => {
  const builtIn = ['sketch', 'lanczos'];

  test('turns on what the environment has variables for, what is built in always and last', () => {
    expect(idsOf({})).toEqual(builtIn);
    expect(idsOf({ OPENAI_API_KEY: 'sk-1' })).toEqual(['openai', ...builtIn]);
    expect(idsOf({ OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1/' })).toEqual([
      'openai',
      ...builtIn,
    ]);
  });

  test('counts an empty variable as unset', () => {
    expect(readProviders({ OPENAI_API_KEY: '', OPENAI_BASE_URL: ' ' })).toMatchObject({ problems: [] });
    expect(idsOf({ OPENAI_API_KEY: ' ' })).toEqual(builtIn);
  });

  test.each([
    [{ OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }, [/OPENAI_API_KEY is missing/]],
    [{ OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'ftp://x/v1' }, [/OPENAI_BASE_URL is not an http/]],
    [
      { OPENAI_API_KEY: 'sk-1', OPENAI_CONCURRENCY: '0', OPENAI_IMAGES_PER_MINUTE: 'many' },
      [/OPENAI_CONCURRENCY must be/, /OPENAI_IMAGES_PER_MINUTE must be/],
    ],
    [{ OPENAI_BASE_URL: 'nonsense' }, [/OPENAI_API_KEY is missing/, /OPENAI_BASE_URL is not an http/]],
  ])('names every problem of %j', (env, problems) => {
    const found = readProviders(env).problems;
    expect(found).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) expect(found[index]).toMatch(problem);
  });

  test('keeps the key out of what can be printed', () => {
    expect(JSON.stringify(readProviders({ OPENAI_API_KEY: 'sk-secret' }))).not.toContain('sk-secret');
  });
});

describe('createProviders', () => {
  test('offers the retired models on compatible servers only', () => {
    const modelsOf = (env: Record<string, string>) =>
      createProviders(readProviders(env).configs, deps).flatMap(({ models }) => models.map(({ id }) => id));
    expect(modelsOf({ OPENAI_API_KEY: 'k' })).not.toContain('gpt-image-1');
    expect(modelsOf({ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:9' })).toContain('gpt-image-1');
  });

  test('refuses two providers that offer a model of the same name', () => {
    const twice = ['one', 'two'].map((id) => ({ id, create: () => createFakeProvider({ id }) }));
    expect(() => createProviders(twice, deps)).toThrow('model fake is offered by both one and two');
  });

  test('loads the OpenAI SDK with the first picture, not before', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context); } });
      const { createProviders, readProviders } = await import('#providers/index.ts');
      const [openai] = createProviders(readProviders({ OPENAI_API_KEY: 'k' }).configs, { fetch });
      const before = loaded.includes('openai');
      const request = { operation: 'generate', model: 'gpt-image-2', prompt: 'x', size: { width: 1, height: 1 }, inputs: [] };
      const ended = { signal: AbortSignal.abort(), key: 'k', saveHandle: async () => {} };
      await openai.generate(request, ended).catch(() => {});
      console.log(JSON.stringify({ before, after: loaded.includes('openai') }));
    `;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd });
    expect(JSON.parse(stdout)).toEqual({ before: false, after: true });
  });
});
