import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpServer, startHttpServer } from '#http/server.ts';
import { createLogger } from '#src/logger.ts';

let server: HttpServer;
let checkReady: () => Promise<unknown>;

beforeEach(async () => {
  checkReady = async () => undefined;
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: createLogger('silent'),
    checkReady: () => checkReady(),
    routes: [async (routes) => void routes.post('/echo', async (request: FastifyRequest) => request.body as object)],
  });
});
afterEach(() => server.close());

const statusOf = async (path: string, init?: RequestInit) => (await fetch(`${server.url}${path}`, init)).status;

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

  it('takes a route’s body up to one megabyte where the route says nothing, and answers 413 to more', async () => {
    const post = (letters: number) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'x'.repeat(letters) }),
    });
    expect(await statusOf('/echo', post(1_000_000))).toBe(200);
    expect(await statusOf('/echo', post(1_100_000))).toBe(413);
  });

  it('refuses a body that says nothing of its length once there is too much of it', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 20; sent += 1) socket.write(chunk);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});
