import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { createRespond } from '#bots/slack/respond.ts';

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

it('takes the server that stands in for Slack, and none besides', async () => {
  const received: string[] = [];
  const server = createServer((request, response) => {
    received.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const respond = createRespond(`${origin}/api/`);
  await respond(`${origin}/respond/1`, {});
  await expect(respond('https://hooks.slack.com/commands/1', {})).rejects.toMatchObject({ reason: 'bad_request' });
  expect(received).toEqual(['/respond/1']);
  server.close();
});
