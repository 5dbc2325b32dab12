import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StartupError } from '#db/startup-error.ts';
import { loadConfig } from '#src/config.ts';

const database = { DATABASE_URL: 'postgres://easel:hidden@db.example.test/easel' };

/** The lines under the heading, one a problem. */
function problemsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    const [heading, ...problems] = error.message.split('\n');
    expect(heading).toBe('The environment is not right:');
    return problems.map((problem) => problem.replace(/^ {2}- /, ''));
  }
  return [];
}

describe('the environment', () => {
  it('may be empty: everything in one process, on loopback, with the built-in database, queue, chat and provider', () => {
    const { bots, providers, ...config } = loadConfig({});
    expect(config).toEqual({
      dataDir: resolve('data'),
      databaseUrl: undefined,
      redisUrl: undefined,
      host: '127.0.0.1',
      port: 3000,
      publicUrl: undefined,
      logLevel: 'info',
      keys: undefined,
      operators: new Set(),
      pictureCheck: undefined,
      run: new Set(['bots', 'worker', 'http']),
    });
    expect(bots.map(({ id }) => id)).toEqual(['playground']);
    expect(providers.map(({ id }) => id)).toEqual(['sketch', 'lanczos']);
  });

  it('is read by its fixed names', () => {
    const config = loadConfig({
      ...database,
      DATA_DIR: '/srv/easel',
      REDIS_URL: 'rediss://queue.example.test',
      PORT: '8080',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://easel.example.test',
      LOG_LEVEL: 'debug',
      EASEL_RUN: 'worker, http',
      OPENAI_API_KEY: 'key',
    });
    expect(config).toMatchObject({
      dataDir: '/srv/easel',
      databaseUrl: database.DATABASE_URL,
      redisUrl: 'rediss://queue.example.test',
      port: 8080,
      host: '0.0.0.0',
      publicUrl: 'https://easel.example.test',
      logLevel: 'debug',
      run: new Set(['worker', 'http']),
      bots: [],
    });
    expect(config.providers.map(({ id }) => id)).toEqual(['openai', 'sketch', 'lanczos']);
  });

  it('counts an empty variable as unset', () => {
    const empty = {
      DATABASE_URL: '',
      REDIS_URL: '',
      PORT: '',
      PUBLIC_URL: '',
      EASEL_RUN: '',
      OPENAI_API_KEY: '',
      PLAYGROUND: '',
    };
    expect(JSON.stringify(loadConfig(empty))).toBe(JSON.stringify(loadConfig({})));
  });

  it('is told all its problems at once, each by the name of its variable', () => {
    const problems = problemsOf({
      DATABASE_URL: 'mysql://db',
      REDIS_URL: 'localhost:6379',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      PUBLIC_URL: 'ftp://easel.example.test',
      EASEL_RUN: 'bots,cook',
      PLAYGROUND: 'maybe',
      OPENAI_BASE_URL: 'not a url',
    });
    const variables = [
      'DATABASE_URL',
      'REDIS_URL',
      'PORT',
      'LOG_LEVEL',
      'PUBLIC_URL',
      'EASEL_RUN',
      'PLAYGROUND',
      'OPENAI_',
    ];
    expect(variables.filter((name) => !problems.some((problem) => problem.startsWith(name)))).toEqual([]);
  });

  it('never repeats a value that may hold a password', () => {
    expect(
      problemsOf({ DATABASE_URL: 'mysql://easel:hidden@db', REDIS_URL: 'http://:hidden@queue' }).join(),
    ).not.toContain('hidden');
  });
});

describe('EASEL_RUN', () => {
  it('without all three parts needs DATABASE_URL, as the built-in database belongs to one process', () => {
    expect(problemsOf({ EASEL_RUN: 'worker' })).toEqual([expect.stringMatching(/^EASEL_RUN: .*DATABASE_URL/)]);
    expect(problemsOf({ EASEL_RUN: 'worker', ...database })).toEqual([]);
    expect(problemsOf({ EASEL_RUN: 'http,worker,bots' })).toEqual([]);
  });

  it.each(['bots,cook', 'all', ','])('%j is refused with the parts there are', (value) => {
    const problems = problemsOf({ EASEL_RUN: value, ...database });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/^EASEL_RUN: .*bots, worker, http/);
  });
});

describe('PUBLIC_URL', () => {
  const withPassword = { PLAYGROUND_PASSWORD: 'long enough' };

  it.each(['https://easel.example.test', 'http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:3000'])(
    'may be %s',
    (url) => {
      expect(problemsOf({ PUBLIC_URL: url, ...withPassword })).toEqual([]);
    },
  );

  it.each(['http://easel.example.test', 'http://127.0.0.1.example.test', 'ws://localhost', 'easel.example.test'])(
    'may not be %s',
    (url) => {
      expect(problemsOf({ PUBLIC_URL: url, ...withPassword })).toEqual([expect.stringMatching(/^PUBLIC_URL: /)]);
    },
  );
});

describe('a half-set platform or provider', () => {
  it('is a problem that names the missing variable', () => {
    expect(problemsOf({ PLAYGROUND: 'on', HOST: '0.0.0.0' })).toEqual([expect.stringContaining('PLAYGROUND_PASSWORD')]);
    expect(problemsOf({ OPENAI_BASE_URL: 'https://images.example.test/v1' })).toEqual([
      expect.stringContaining('OPENAI_API_KEY'),
    ]);
  });

  it('is none where it is off', () => {
    expect(loadConfig({ HOST: '0.0.0.0' }).bots).toEqual([]);
    expect(loadConfig({ PLAYGROUND: 'off' }).bots).toEqual([]);
  });
});

describe('PORT', () => {
  it.each(['abc', '-1', '65536', '80.5'])('%s is refused', (value) => {
    expect(problemsOf({ PORT: value })).toEqual([expect.stringMatching(/^PORT: /)]);
  });

  it('0 means any that is free', () => {
    expect(loadConfig({ PORT: '0' }).port).toBe(0);
  });
});
