import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerJson } from '#core/ports/webhook.ts';
import { type HttpServer, startHttpServer } from '#http/server.ts';
import { createLogger } from '#src/logger.ts';

let server: HttpServer;
let checkReady: () => Promise<unknown>;
let sent: number;
let slow: PromiseWithResolvers<void>;

beforeEach(async () => {
  checkReady = async () => undefined;
  sent = 0;
  slow = Promise.withResolvers();
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: createLogger('silent'),
    checkReady: () => checkReady(),
    webhooks: [
      {
        path: '/posted',
        bodyBytesMax: 1_000_000,
        admits: ({ authorization }) => authorization !== 'wrong',
        read: (body) => ({
          async answer() {
            if (String(body) === 'fail') throw new Error('the database is away');
            if (String(body) === 'slow') await slow.promise;
            return { ...answerJson(200, { said: String(body), bytes: body.length }), onSent: () => (sent += 1) };
          },
        }),
      },
    ],
    routes: [async (routes) => void routes.get('/page', async () => ({}))],
  });
});
afterEach(() => server.close());

const ask = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);
const statusOf = async (path: string, init?: RequestInit) => (await ask(path, init)).status;
const post = (body: string, headers: Record<string, string> = {}) => ask('/posted', { method: 'POST', body, headers });

describe('the server', () => {
  it('is healthy while it is up, and ready only while the rest answers', async () => {
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200]);
    checkReady = () => Promise.reject(new Error('the database is away'));
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 503]);
  });

  it('says that it is not ready when the rest does not answer at all', async () => {
    checkReady = () => new Promise(() => undefined);
    expect(await statusOf('/readyz')).toBe(503);
  });

  it('serves routes beside webhooks, and a webhook to posts alone', async () => {
    expect([await statusOf('/page'), await statusOf('/posted'), await statusOf('/other')]).toEqual([200, 404, 404]);
  });
});

describe('whatever is answered', () => {
  it('is no page, in no frame, and nothing for another site', async () => {
    for (const path of ['/healthz', '/readyz', '/page', '/nothing']) {
      const { headers } = await ask(path);
      expect(headers.get('content-security-policy'), path).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('x-frame-options'), path).toBe('DENY');
      expect(headers.get('referrer-policy'), path).toBe('no-referrer');
    }
  });
});

describe('a webhook', () => {
  it('gets the bytes as they came, whatever their type and whatever follows its path', async () => {
    for (const path of ['/posted', '/posted?secret=1']) {
      const answer = await ask(path, { method: 'POST', body: '畫', headers: { 'content-type': 'text/odd' } });
      expect(await answer.json()).toEqual({ said: '畫', bytes: 3 });
    }
  });

  it('hears when its answer is out', async () => {
    await post('');
    await expect.poll(() => sent).toBe(1);
  });

  it('hears also that nobody waits for its answer any more', async () => {
    const hangUp = new AbortController();
    const gone = ask('/posted', { method: 'POST', body: 'slow', signal: hangUp.signal }).catch(() => 'gone');
    await new Promise((resolve) => setTimeout(resolve, 50));
    hangUp.abort();
    expect(await gone).toBe('gone');
    await new Promise((resolve) => setTimeout(resolve, 50));
    slow.resolve();
    await expect.poll(() => sent).toBe(1);
  });

  it('answers 413 to a body over its limit, and takes one at the limit', async () => {
    expect((await post('x'.repeat(1_000_000))).status).toBe(200);
    expect((await post('x'.repeat(1_000_001))).status).toBe(413);
    expect((await post('x'.repeat(5_000_000))).status).toBe(413);
    expect(sent).toBe(1);
  });

  it('answers 413 to a body that says nothing of its length once there is too much of it', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('POST /posted HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
    for (let written = 0; written < 20; written += 1) socket.write(chunk);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
    expect(sent).toBe(0);
  });

  it('answers 401 to what it does not admit, before the body is there', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('POST /posted HTTP/1.1\r\nhost: x\r\nauthorization: wrong\r\ncontent-length: 9\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  it('is asked again when it fails, and tells nobody why', async () => {
    const answer = await post('fail');
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'try again' }]);
    expect((await post('fine')).status).toBe(200);
  });

  it('is answered each for itself when many come together, one of them failing', async () => {
    const names = Array.from({ length: 120 }, (_, index) => (index === 60 ? 'fail' : `post ${index}`));
    const answers = await Promise.all(names.map(async (name) => (await post(name)).json()));
    const said = names.map((name) => (name === 'fail' ? { error: 'try again' } : { said: name, bytes: name.length }));
    expect(answers).toEqual(said);
  });

  it('goes on for others when somebody hangs up in the middle of a body', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('POST /posted HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf');
    socket.destroy();
    expect((await post('whole')).status).toBe(200);
    expect(sent).toBeLessThanOrEqual(1);
  });
});
