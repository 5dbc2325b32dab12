import { createServer, type RequestListener } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { createRespond } from '#bots/slack/respond.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Returns where it listens. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

it.each([
  'https://example.com/commands/1',
  'http://hooks.slack.com/commands/1',
  'https://hooks.slack.com.example.com/commands/1',
  'https://hooks.slack.com:8443/commands/1',
  'http://127.0.0.1/commands/1',
  'not an address',
])('sends nothing to %s, which is not one of Slack', async (url) => {
  await expect(createRespond(undefined)(url, {})).rejects.toMatchObject({ reason: 'bad_request', retryable: false });
});

it('takes the server that stands in for Slack besides Slack, and no other', async () => {
  const received: string[] = [];
  const origin = await serve((request, response) => {
    received.push(request.url ?? '');
    response.end();
  });
  const respond = createRespond(`${origin}/api/`);
  await respond(`${origin}/respond/1`, {});
  const other = origin.replace('127.0.0.1', 'localhost');
  await expect(respond(`${other}/respond/2`, {})).rejects.toMatchObject({ reason: 'bad_request' });
  expect(received).toEqual(['/respond/1']);
});

it('gives an address up that says nothing, and follows none that points elsewhere', async () => {
  const silent = await serve(() => undefined);
  const elsewhere = await serve((_, response) => response.writeHead(307, { location: `${silent}/x` }).end());
  const failure = { reason: 'network', retryable: false };
  await expect(createRespond(`${silent}/api/`, { timeoutMs: 20 })(`${silent}/1`, {})).rejects.toMatchObject(failure);
  await expect(createRespond(`${elsewhere}/api/`)(`${elsewhere}/1`, {})).rejects.toMatchObject(failure);
});
