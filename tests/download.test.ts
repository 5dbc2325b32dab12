import { once } from 'node:events';
import { createServer, type RequestListener, type RequestOptions, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type DownloadOptions, download } from '#src/download.ts';
import { FetchRefusedError, isPublicAddress } from '#src/guarded-request.ts';

const servers: Server[] = [];
const signal = new AbortController().signal;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function refusalOf(url: string, options: Partial<DownloadOptions> = {}) {
  const error = await download(url, { trustedOrigin: 'http://127.0.0.1:1', signal, ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof FetchRefusedError ? error.refusal : error;
}

describe('download', () => {
  test('fetches from the trusted origin, with the key, though it is plain http on loopback', async () => {
    const keys: (string | undefined)[] = [];
    const origin = await serve((incoming, response) => {
      keys.push(incoming.headers.authorization);
      response.end('picture');
    });
    const bytes = await download(`${origin}/a.png`, { trustedOrigin: origin, authorization: 'Bearer k', signal });
    expect(Buffer.from(bytes).toString()).toBe('picture');
    expect(keys).toEqual(['Bearer k']);
  });

  test('refuses a name when any of its addresses is private', async () => {
    const resolve = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    expect(await refusalOf('https://pictures.example/a.png', { resolve })).toBe('address');
  });

  test('connects to the very address it checked, without the key, on a foreign host', async () => {
    const local = await serve((_request, response) => void response.end('picture'));
    const answers = ['93.184.216.34', '127.0.0.1'];
    const sent: RequestOptions[] = [];
    const bytes = await download('https://pictures.example/a.png', {
      trustedOrigin: local,
      authorization: 'Bearer k',
      signal,
      resolve: async () => [{ address: answers.shift() ?? '', family: 4 }],
      send: (_url, options) => {
        sent.push(options);
        return request(local);
      },
    });
    expect(bytes).toHaveLength('picture'.length);
    expect(sent).toMatchObject([{ headers: {}, agent: false }]);
    expect(JSON.stringify(sent[0]?.headers)).not.toContain('Bearer');
    const pinned = await new Promise((resolve) => {
      sent[0]?.lookup?.('pictures.example', {}, (_error, address) => resolve(address));
    });
    expect(pinned).toBe('93.184.216.34');
  });

  test('never contacts a private host that the trusted one redirects to, so never shows it the key', async () => {
    let visits = 0;
    const victim = await serve((_request, response) => {
      visits += 1;
      response.end('secret');
    });
    const origin = await serve((_request, response) => {
      response.writeHead(302, { location: `${victim}/admin` }).end();
    });
    expect(await refusalOf(`${origin}/a.png`, { trustedOrigin: origin, authorization: 'Bearer k' })).toBe('address');
    expect(visits).toBe(0);
  });

  test('follows a few redirects inside the trusted origin and gives up on a loop', async () => {
    const origin = await serve((incoming, response) => {
      if (incoming.url === '/end') response.end('picture');
      else response.writeHead(307, { location: incoming.url === '/loop' ? '/loop' : '/end' }).end();
    });
    const bytes = await download(`${origin}/start`, { trustedOrigin: origin, signal });
    expect(bytes.length).toBe('picture'.length);
    expect(await refusalOf(`${origin}/loop`, { trustedOrigin: origin })).toBe('redirects');
  });

  test('stops at the byte limit, whatever length was announced', async () => {
    const origin = await serve((_request, response) => {
      response.write(Buffer.alloc(6));
      response.end(Buffer.alloc(6));
    });
    expect(await refusalOf(`${origin}/big`, { trustedOrigin: origin, bytesMax: 10 })).toBe('too_large');
    await expect(download(`${origin}/big`, { trustedOrigin: origin, bytesMax: 12, signal })).resolves.toHaveLength(12);
  });

  test('refuses an answer that is not the file', async () => {
    const origin = await serve((_request, response) => void response.writeHead(404).end('gone'));
    expect(await refusalOf(`${origin}/a.png`, { trustedOrigin: origin })).toBe('status');
  });

  test('ends when its time is up and when its caller aborts', async () => {
    const origin = await serve(() => undefined);
    expect(await refusalOf(`${origin}/slow`, { trustedOrigin: origin, timeoutMs: 20 })).toMatchObject({
      name: 'TimeoutError',
    });
    const controller = new AbortController();
    const pending = refusalOf(`${origin}/slow`, { trustedOrigin: origin, signal: controller.signal });
    controller.abort();
    expect(await pending).toMatchObject({ name: 'AbortError' });
  });

  test('ends in the middle of a body that stops coming', async () => {
    const origin = await serve((_request, response) => void response.write('half'));
    const error = await refusalOf(`${origin}/half`, { trustedOrigin: origin, timeoutMs: 50 });
    expect(error).toMatchObject({ name: 'TimeoutError' });
  });
});

test.each([
  ['93.184.216.34', true],
  ['2606:2800:220:1::1', true],
  ['::ffff:93.184.216.34', true],
  ['172.16.0.1', false],
  ['224.0.0.1', false],
  ['2002:7f00:1::', false],
  ['::7f00:1', false],
  ['4000::1', false],
  ['168.63.129.16', false],
  ['not an address', false],
])('judges whether %s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
