import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type DownloadOptions, download } from '#src/download.ts';
import { FetchRefusedError } from '#src/guarded-request.ts';
import { post } from '#src/post.ts';

const servers: Server[] = [];
const signal = new AbortController().signal;
const publicAddress = { address: '93.184.216.34', family: 4 };

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

/** What a fetch is refused for, and how many connections it opened. */
async function attack(url: string, options: Partial<DownloadOptions> = {}) {
  let connections = 0;
  const refusal = await download(url, {
    trustedOrigin: 'http://127.0.0.1:1',
    signal,
    resolve: async () => [publicAddress],
    send: () => {
      connections += 1;
      throw new Error('a connection was opened');
    },
    ...options,
  }).then(
    () => 'fetched',
    (error: unknown) => (error instanceof FetchRefusedError ? error.refusal : String(error)),
  );
  return { refusal, connections };
}

const refused = { refusal: 'address', connections: 0 };

describe('addresses', () => {
  test.each([
    ['plain loopback', 'https://127.0.0.1/'],
    ['loopback elsewhere in its block', 'https://127.8.9.10/'],
    ['loopback in one decimal number', 'https://2130706433/'],
    ['loopback in hexadecimal', 'https://0x7f000001/'],
    ['loopback in octal', 'https://017700000001/'],
    ['loopback in octal parts', 'https://0177.0.0.01/'],
    ['loopback in hexadecimal parts', 'https://0x7f.0x0.0x0.0x1/'],
    ['loopback in mixed bases', 'https://0x7f.0.0.01/'],
    ['loopback in two parts', 'https://127.1/'],
    ['loopback in three parts', 'https://127.0.1/'],
    ['loopback with a trailing dot', 'https://127.0.0.1./'],
    ['loopback in percent signs', 'https://%31%32%37.0.0.1/'],
    ['loopback in full-width digits', 'https://１２７.０.０.１/'],
    ['loopback in circled digits', 'https://①②⑦.⓪.⓪.①/'],
    ['loopback with ideographic stops', 'https://127。0。0。1/'],
    ['loopback in a mathematical font', 'https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/'],
    ['loopback with a soft hyphen', 'https://127.0.0\u00ad.1/'],
    ['loopback on another port', 'https://127.0.0.1:6379/'],
    ['every address of this machine', 'https://0.0.0.0/'],
    ['zero as a short form', 'https://0/'],
    ['the network of this machine', 'https://0.1.2.3/'],
    ['the largest block of private addresses', 'https://10.0.0.8/'],
    ['the middle block of private addresses', 'https://172.31.255.254/'],
    ['the smallest block of private addresses', 'https://192.168.1.1/'],
    ['the metadata of a cloud machine', 'https://169.254.169.254/latest/meta-data/'],
    ['the metadata in one decimal number', 'https://2852039166/'],
    ['the metadata in hexadecimal', 'https://0xa9fea9fe/'],
    ['the metadata in octal parts', 'https://0251.0376.0251.0376/'],
    ['the metadata behind carrier addresses', 'https://100.100.100.200/'],
    ['the metadata of a container', 'https://169.254.170.2/'],
    ['the services of a virtual host', 'https://168.63.129.16/'],
    ['carrier-grade addresses', 'https://100.64.0.1/'],
    ['addresses for benchmarks', 'https://198.18.0.1/'],
    ['addresses for protocols', 'https://192.0.0.8/'],
    ['addresses for examples', 'https://203.0.113.5/'],
    ['multicast', 'https://224.0.0.1/'],
    ['addresses for later', 'https://240.0.0.1/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['IPv6 loopback', 'https://[::1]/'],
    ['IPv6 loopback written out', 'https://[0:0:0:0:0:0:0:1]/'],
    ['IPv6 unspecified', 'https://[::]/'],
    ['IPv4 mapped into IPv6', 'https://[::ffff:127.0.0.1]/'],
    ['IPv4 mapped into IPv6 in hexadecimal', 'https://[::ffff:a9fe:a9fe]/'],
    ['IPv4 translated into IPv6', 'https://[::ffff:0:127.0.0.1]/'],
    ['IPv4 compatible with IPv6', 'https://[::127.0.0.1]/'],
    ['IPv4 behind NAT64', 'https://[64:ff9b::7f00:1]/'],
    ['IPv4 behind a local NAT64', 'https://[64:ff9b:1::a00:8]/'],
    ['IPv4 behind 6to4', 'https://[2002:7f00:1::]/'],
    ['IPv4 behind Teredo', 'https://[2001:0:a00:8::]/'],
    ['IPv6 unique local', 'https://[fd00:ec2::254]/'],
    ['IPv6 link-local', 'https://[fe80::1]/'],
    ['IPv6 site-local', 'https://[fec0::1]/'],
    ['IPv6 multicast', 'https://[ff02::1]/'],
    ['IPv6 for examples', 'https://[2001:db8::1]/'],
    ['IPv6 outside what is assigned', 'https://[4000::1]/'],
    ['IPv6 with a zone', 'https://[fe80::1%25eth0]/'],
    ['plain http', 'http://pictures.example/'],
    ['a file', 'file:///etc/passwd'],
    ['gopher', 'gopher://127.0.0.1:6379/_FLUSHALL'],
    ['data', 'data:image/png;base64,AAAA'],
    ['ftp', 'ftp://pictures.example/a.png'],
    ['a user before the host', 'https://pictures.example@127.0.0.1/'],
    ['a user and password', 'https://user:secret@pictures.example/'],
    ['a user that looks like a host', 'https://pictures.example%2F@127.0.0.1/'],
    ['a backslash for a slash', 'https:\\\\127.0.0.1\\pictures.example'],
    ['tabs and line breaks inside', 'https://127.0.\t0.\n1/'],
    ['no address at all', 'nonsense'],
    ['an empty address', ''],
  ])('%s', async (_name, url) => {
    expect(await attack(url)).toEqual(refused);
  });
});

describe('names', () => {
  test.each([
    ['that resolves to loopback', '127.0.0.1', 4],
    ['that resolves to a private address', '10.1.2.3', 4],
    ['that resolves to the metadata', '169.254.169.254', 4],
    ['that resolves to mapped loopback', '::ffff:127.0.0.1', 6],
    ['that resolves to link-local', 'fe80::1%2', 6],
    ['that resolves to what is no address', 'localhost', 4],
  ])('a name %s', async (_name, address, family) => {
    expect(await attack('https://pictures.example/', { resolve: async () => [{ address, family }] })).toEqual(refused);
  });

  test('a name with a public address before a private one', async () => {
    const resolve = async () => [publicAddress, { address: '127.0.0.1', family: 4 }];
    expect(await attack('https://pictures.example/', { resolve })).toEqual(refused);
  });

  test('a name with no address', async () => {
    expect(await attack('https://pictures.example/', { resolve: async () => [] })).toEqual(refused);
  });

  test.each(['https://localhost/', 'https://localhost./', 'https://LOCALHOST:443/', 'https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/'])(
    'this machine by its name, as %s, with the resolver that is used',
    async (url) => {
      const error = await download(url, {
        trustedOrigin: undefined,
        signal,
        send: () => {
          throw new Error('a connection was opened');
        },
      }).catch((reason: unknown) => reason);
      // Some machines do not know the name with a dot at its end: nothing is fetched either.
      expect(String(error)).toMatch(/is not a public address|ENOTFOUND|EAI_AGAIN/);
    },
  );
});

describe('rebinding', () => {
  test('a name that turns private after it was checked: the connection has the address that was checked', async () => {
    const local = await serve((_request, response) => void response.end('picture'));
    const answers = [publicAddress, { address: '127.0.0.1', family: 4 }];
    const connected: unknown[] = [];
    await download('https://pictures.example/', {
      trustedOrigin: undefined,
      signal,
      resolve: async () => answers.splice(0, 1),
      send: (_url, { lookup, agent }) => {
        lookup?.('pictures.example', {}, (_error, address) => connected.push(address));
        lookup?.('pictures.example', { all: true }, (_error, all) => connected.push(all));
        connected.push(agent);
        return request(local);
      },
    });
    expect(connected).toEqual([publicAddress.address, [publicAddress], false]);
    expect(answers).toHaveLength(1);
  });

  test('a name that turns private between two redirects', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(302, { location: 'https://pictures.example/again' }).end();
    });
    const answers = [publicAddress, { address: '192.168.0.1', family: 4 }];
    let connections = 0;
    const result = await attack('https://pictures.example/', {
      resolve: async () => answers.splice(0, 1),
      send: () => {
        connections += 1;
        return request(origin);
      },
    });
    expect(result.refusal).toBe('address');
    expect(connections).toBe(1);
  });
});

describe('redirects', () => {
  test.each([
    ['to loopback', 'https://127.0.0.1/'],
    ['to plain http', 'http://pictures.example/'],
    ['to the metadata', 'https://169.254.169.254/'],
    ['to mapped loopback', 'https://[::ffff:7f00:1]/'],
    ['to a file', 'file:///etc/passwd'],
    ['with a user', 'https://a:b@pictures.example/'],
    ['without a scheme', '//127.0.0.1/'],
    ['with backslashes', '\\\\127.0.0.1\\x'],
  ])('%s', async (_name, location) => {
    const origin = await serve((_request, response) => void response.writeHead(302, { location }).end());
    let connections = 0;
    const result = await attack('https://pictures.example/', {
      send: () => {
        connections += 1;
        return request(origin);
      },
    });
    expect(result.refusal).toBe('address');
    expect(connections).toBe(1);
  });

  test('from the trusted origin to another port of this machine, with its key', async () => {
    let visits = 0;
    const victim = await serve((_request, response) => {
      visits += 1;
      response.end('secret');
    });
    const origin = await serve((_request, response) => void response.writeHead(302, { location: victim }).end());
    const options = { trustedOrigin: origin, authorization: 'Bearer k', signal };
    await expect(download(origin, options)).rejects.toMatchObject({ refusal: 'address' });
    expect(visits).toBe(0);
  });

  test('without an end', async () => {
    const origin = await serve((_request, response) => void response.writeHead(302, { location: '/' }).end());
    await expect(download(origin, { trustedOrigin: origin, signal })).rejects.toMatchObject({ refusal: 'redirects' });
  });
});

describe('what is posted', () => {
  test.each(['http://127.0.0.1/', 'https://10.0.0.1/', 'https://[::1]/', 'https://a@b.example/', 'file:///tmp/x'])(
    'is not posted to %s',
    async (url) => {
      const sent = post(url, { trustedOrigin: undefined, signal, type: 'text/plain', body: Buffer.from('x') });
      await expect(sent).rejects.toMatchObject({ refusal: 'address' });
    },
  );

  test('reaches the trusted origin whole, and follows no redirect', async () => {
    const bodies: string[] = [];
    const origin = await serve(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      bodies.push(`${incoming.url} ${incoming.headers['content-type']} ${Buffer.concat(chunks)}`);
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const body = Buffer.from('picture');
    expect(await post(`${origin}/up`, { trustedOrigin: origin, signal, type: 'image/png', body })).toBe(307);
    expect(bodies).toEqual(['/up image/png picture']);
  });
});
