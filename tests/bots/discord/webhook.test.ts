import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { createDiscord } from '#bots/discord/index.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';
import { endScenes, play } from '#tests/bots/discord/scene.ts';
import { listenForWebhook } from '#tests/bots/listen-for-webhook.ts';
import { replying, titled } from '#tests/bots/outgoing.ts';
import { createScriptedCore } from '#tests/bots/scripted-core.ts';

afterEach(endScenes);

test('what is not signed rightly gets 401 and changes nothing', async () => {
  const { server, core, channel, mei } = await play('webhook');
  await mei.slash(channel, 'quota');
  for (const signing of ['another key', 'changed body', 'changed timestamp', 'not hex', 'missing'] as const) {
    expect(await server.probe(signing, { last: true }), signing).toMatchObject({ status: 401 });
  }
  expect(core.calls).toHaveLength(1);
});

test('what was signed long ago, or will be, gets 401', async () => {
  const { server, core, channel, mei } = await play('webhook');
  await mei.slash(channel, 'quota');
  for (const timestampMs of [server.now() - 301_000, server.now() + 301_000]) {
    expect(await server.probe('right', { last: true, timestampMs })).toMatchObject({ status: 401 });
  }
  expect(core.calls).toHaveLength(1);
  expect(await server.probe('right', { last: true, timestampMs: server.now() - 290_000 })).toMatchObject({
    status: 200,
  });
});

test('a ping is answered with a pong', async () => {
  const { server } = await play('webhook');
  expect(await server.probe('right')).toMatchObject({ status: 200, body: { type: 1 } });
});

test.each([
  ['is no JSON', '{"type":2,', 400],
  ['is not UTF-8', Buffer.from([0xff, 0xfe]), 400],
  ['is empty', '', 400],
  ['is no interaction', '{"type":2}', 400],
  ['is null', 'null', 400],
  [
    'is of a type that nobody knows',
    '{"type":99,"id":"1","application_id":"1","token":"t","user":{"id":"1","username":"u"},"channel_id":"1"}',
    400,
  ],
  ['is a ping', '{"type":1}', 200],
])('a signed body that %s', async (_, body, status) => {
  await using endpoint = await openEndpoint();
  const response = await endpoint.post(body);
  expect(response.status).toBe(status);
  expect(await response.text()).not.toMatch(/at \S+\.ts/);
  expect(endpoint.core.calls).toEqual([]);
});

test('a body over the limit gets 413, signed or not', async () => {
  await using endpoint = await openEndpoint();
  const body = JSON.stringify({ type: 1, filler: 'x'.repeat(1024 * 1024) });
  expect((await endpoint.post(body)).status).toBe(413);
  expect((await endpoint.post(body, { signature: 'none' })).status).toBe(413);
});

test('a body without a content type, or with another one, is read all the same', async () => {
  await using endpoint = await openEndpoint();
  for (const contentType of ['text/plain', 'application/octet-stream', '']) {
    expect((await endpoint.post('{"type":1}', { contentType })).status, contentType).toBe(200);
  }
});

test('nothing is taken in before the start and after the stop', async () => {
  await using endpoint = await openEndpoint({ started: false });
  const command = JSON.stringify({
    ...{ type: 2, id: '1', application_id: '2', token: 't', user: { id: '3', username: 'u' }, context: 1 },
    ...{ channel: { id: '4', type: 1 }, data: { name: 'quota', options: [] } },
  });
  expect((await endpoint.post(command)).status).toBe(503);
  await endpoint.bot.platform.start(endpoint.core);
  endpoint.core.next(replying(titled('12 credits', { audience: 'private' })));
  const answer = await endpoint.post(command);
  expect(await answer.json()).toMatchObject({ type: 4, data: { flags: 64 | 32768 } });
  await endpoint.bot.platform.stop();
  expect((await endpoint.post(command)).status).toBe(503);
  expect(endpoint.core.calls).toHaveLength(1);
});

/** An endpoint with a key of its own, so that a test can sign anything. No Discord is there. */
async function openEndpoint({ started = true } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { deps } = createBotDeps();
  const bot = createDiscord({ token: 't', publicKey, apiUrl: 'http://127.0.0.1:9/api' }, deps);
  const http = await listenForWebhook();
  http.serve(bot);
  const url = `${http.url}/discord/interactions`;
  const core = createScriptedCore();
  if (started) await bot.platform.start(core);
  return {
    bot,
    core,
    post: (body: string | Buffer, options: { signature?: string; contentType?: string } = {}) => {
      const timestamp = String(Math.floor(Date.now() / 1000));
      const { signature = signatureOf(privateKey, timestamp, body), contentType = 'application/json' } = options;
      return fetch(url, {
        method: 'POST',
        headers: {
          'x-signature-timestamp': timestamp,
          'x-signature-ed25519': signature,
          ...(contentType === '' ? {} : { 'content-type': contentType }),
        },
        body: contentType === '' ? new Blob([new Uint8Array(Buffer.from(body))]) : new Uint8Array(Buffer.from(body)),
      });
    },
    async [Symbol.asyncDispose]() {
      await bot.platform.stop();
      await http.close();
    },
  };
}

function signatureOf(key: KeyObject, timestamp: string, body: string | Buffer): string {
  return sign(null, Buffer.concat([Buffer.from(timestamp), Buffer.from(body)]), key).toString('hex');
}
