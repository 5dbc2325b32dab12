import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postJson, rawRequest } from '#tests/bots/playground/raw-request.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

const paths = ['/playground', '/playground/api/messages?user=ada', '/playground/assets/app.js', '/'];
const foreign = { error: { code: 'foreign', message: expect.any(String) } };

describe('a playground that nobody else can reach', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(async () => app.stop());

  test.each(['localhost', '127.0.0.1', '[::1]'])('answers under its own name: %s', async (name) => {
    const host = `${name}:${new URL(app.url).port}`;
    for (const origin of [undefined, `http://${host}`]) {
      const headers = { host, ...(origin ? { origin } : {}) };
      expect((await rawRequest(app.url, '/playground/api/messages?user=ada', { headers })).status).toBe(200);
      expect((await postJson(app.url, 'messages', { text: '/help', user: 'ada' }, headers)).status).toBe(202);
    }
  });

  test.each([
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.example@localhost',
    'xlocalhost',
    '10.0.0.1',
  ])('refuses every address under the name %j, as DNS rebinding brings', async (host) => {
    for (const path of paths) {
      const answer = await rawRequest(app.url, path, { headers: { host } });
      expect(answer.status, path).toBe(403);
      expect(answer.json()).toEqual(foreign);
    }
  });

  test.each([
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'http://localhost:1',
    'file://',
    'no origin at all',
  ])('refuses a request from the page %s, and nothing comes of it', async (origin) => {
    const before = await count(app);
    const answer = await postJson(app.url, 'messages', { text: '/help', user: 'ada' }, { origin });
    expect(answer.status).toBe(403);
    expect(answer.json()).toEqual(foreign);
    expect(await count(app)).toBe(before);
  });

  test('lets no other page read, frame or script it', async () => {
    for (const path of [...paths, '/playground/files/a/b', '/nothing']) {
      const { headers } = await rawRequest(app.url, path);
      const policy = String(headers['content-security-policy']);
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).toContain("script-src 'self'");
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
      expect(headers['x-content-type-options'], path).toBe('nosniff');
      expect(headers['access-control-allow-origin'], path).toBeUndefined();
      expect(headers['cross-origin-resource-policy'], path).toBe('same-origin');
    }
  });

  test('serves its own files only', async () => {
    for (const path of [
      '/playground/assets/../index.ts',
      '/playground/assets/..%2findex.ts',
      '/playground/assets/%2e%2e/index.ts',
      '/playground/vendor/lit-html/../../package.json',
      '/playground/vendor/lit-html/..%2f..%2fpackage.json',
    ]) {
      expect((await rawRequest(app.url, path)).status, path).toBeGreaterThanOrEqual(400);
    }
    expect((await rawRequest(app.url, '/playground/assets/app.js')).headers['content-type']).toContain('javascript');
  });

  test('leaves the health of the process readable for everyone', async () => {
    expect((await rawRequest(app.url, '/healthz', { headers: { host: 'easel.internal' } })).status).toBe(200);
  });
});

describe('a playground that others can reach', () => {
  const password = 'pass:wörd';
  const login = (given: string) => ({ authorization: `Basic ${Buffer.from(`any:${given}`).toString('base64')}` });
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({
      PLAYGROUND: 'on',
      PUBLIC_URL: 'https://easel.example',
      PLAYGROUND_PASSWORD: password,
    });
  });
  afterAll(async () => app.stop());

  test.each([
    ['no password', {}],
    ['another password', login('wrong')],
    ['another password of the same length', login('pass:wörD')],
    ['the beginning of the password', login('pass:w')],
    ['the password and more', login(`${password}x`)],
    ['an empty password', login('')],
    ['another scheme', { authorization: `Bearer ${password}` }],
    ['a header that is no login', { authorization: 'Basic !' }],
  ])('refuses with %s, everywhere', async (_, headers) => {
    for (const path of [...paths, '/playground/api/events?user=ada', '/playground/files/a/b']) {
      const answer = await rawRequest(app.url, path, { headers });
      expect(answer.status, path).toBe(401);
      expect(answer.json()).toEqual({ error: { code: 'password', message: expect.any(String) } });
      expect(answer.text).not.toContain(password);
    }
    const before = await count(app);
    expect((await postJson(app.url, 'messages', { text: '/help', user: 'ada' }, headers)).status).toBe(401);
    expect(await count(app)).toBe(before);
  });

  test('asks the browser for the password', async () => {
    expect((await rawRequest(app.url, '/playground')).headers['www-authenticate']).toMatch(/^Basic /i);
  });

  test('answers with the password, under its public name too', async () => {
    for (const headers of [
      login(password),
      { ...login(password), host: 'easel.example' },
      { ...login(password), host: 'easel.example', origin: 'https://easel.example' },
    ]) {
      expect((await rawRequest(app.url, '/playground', { headers })).status).toBe(200);
      expect((await postJson(app.url, 'messages', { text: '/help', user: 'ada' }, headers)).status).toBe(202);
    }
  });

  test('refuses another name and another page even with the password', async () => {
    for (const headers of [{ host: 'evil.example' }, { host: 'easel.example', origin: 'https://evil.example' }]) {
      const answer = await rawRequest(app.url, '/playground', { headers: { ...login(password), ...headers } });
      expect(answer.status).toBe(403);
    }
  });
});

async function count({ sql }: TestApp): Promise<unknown> {
  const [row] = await sql`select count(*) from playground_messages`;
  return row?.count;
}
