import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { Routes } from 'discord.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DiscordServer, startDiscordServer } from '#tests/servers/discord.ts';
import type { Signing } from '#tests/servers/discord-delivery.ts';
import type { ChannelHandle } from '#tests/servers/discord-guilds.ts';
import type { Person } from '#tests/servers/discord-people.ts';
import { restOf } from '#tests/servers/discord-sdk.ts';
import { closeServer, listen } from '#tests/servers/listen.ts';

interface Received {
  id: string;
  token: string;
  type: number;
}

describe('by HTTP', () => {
  let server: DiscordServer;
  let channel: ChannelHandle;
  let ann: Person;
  /** What the endpoint does with a genuine delivery; a ping is answered by itself. */
  let answer: (interaction: Received, response: ServerResponse) => void;
  const received: Received[] = [];

  /** An endpoint as small as it can be: checks the signature, then answers. */
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(server.publicKey, 'hex')]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const { 'x-signature-timestamp': timestamp, 'x-signature-ed25519': signature = '' } = request.headers;
    const isGenuine = verify(null, Buffer.from(timestamp + body), key, Buffer.from(String(signature), 'hex'));
    if (!isGenuine) return void response.writeHead(401).end();
    const interaction: Received = JSON.parse(body);
    if (interaction.type === 1) return json(response, { type: 1 });
    received.push(interaction);
    answer(interaction, response);
  }
  const json = (response: ServerResponse, body: unknown) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const endpoint = createServer((request, response) => void handle(request, response));

  beforeAll(async () => {
    server = await startDiscordServer();
    const guild = server.addGuild();
    channel = guild.addChannel();
    ann = guild.addMember();
    server.deliverTo(`${await listen(endpoint)}/discord/interactions`);
    const body = [{ name: 'imagine', description: 'x' }];
    await restOf(server).put(Routes.applicationCommands(server.applicationId), { body });
  });
  beforeEach(() => {
    received.length = 0;
  });
  afterAll(async () => {
    await server.close();
    await closeServer(endpoint);
  });

  test.each<[Signing, number]>([
    ['right', 200],
    ['another key', 401],
    ['changed body', 401],
    ['changed timestamp', 401],
    ['not hex', 401],
    ['missing', 401],
  ])('a ping with a signature that is %s gets %i', async (signing, status) => {
    expect(await server.probe(signing)).toMatchObject({ status });
  });

  test('the answer is the body, with files too', async () => {
    answer = (_, response) => json(response, { type: 4, data: { content: 'hello', flags: 64 } });
    expect(await ann.slash(channel, 'imagine')).toMatchObject({
      kind: 'message',
      private: true,
      message: { text: 'hello' },
    });

    answer = (_, response) => {
      const form = new FormData();
      form.set('payload_json', JSON.stringify({ type: 4, data: { content: 'see', attachments: [{ id: 0 }] } }));
      form.set('files[0]', new Blob(['a,b']), 'list.csv');
      const multipart = new Response(form);
      response.writeHead(200, { 'content-type': multipart.headers.get('content-type') ?? '' });
      multipart.text().then((body) => response.end(body));
    };
    const { message } = await ann.slash(channel, 'imagine');
    expect(message).toMatchObject({ text: 'see', files: [{ name: 'list.csv' }] });
    expect(Buffer.from(message?.files[0]?.bytes ?? []).toString()).toBe('a,b');
  });

  test('202 leaves the answer to the callback', async () => {
    answer = (interaction, response) => {
      response.writeHead(202).end();
      const { id, token } = interaction;
      void restOf(server).post(Routes.interactionCallback(id, token), { body: { type: 5 }, auth: false });
    };
    expect(await ann.slash(channel, 'imagine')).toMatchObject({ kind: 'deferred' });
    const [interaction] = received;
    const path = Routes.webhookMessage(server.applicationId, interaction?.token ?? '');
    await restOf(server).patch(path, { body: { content: 'done' }, auth: false });
    expect(ann.sees(channel).at(-1)).toMatchObject({ text: 'done', loading: false, edits: 0 });
  });

  test('an answer that Discord refuses and a failure are no answer', async () => {
    answer = (_, response) => json(response, { type: 4, data: { content: 'x'.repeat(2001) } });
    await expect(ann.slash(channel, 'imagine')).rejects.toThrow('The application did not respond');
    expect(server.violations.some((breach) => breach.includes('an answer was refused'))).toBe(true);
    answer = (_, response) => void response.writeHead(500).end();
    await expect(ann.slash(channel, 'imagine')).rejects.toThrow('The application did not respond');
  });

  test('what is never answered ends after the time for it', async () => {
    await using impatient = await startDiscordServer({ answerWithinMs: 50 });
    const guild = impatient.addGuild();
    const body = [{ name: 'imagine', description: 'x' }];
    await restOf(impatient).put(Routes.applicationCommands(impatient.applicationId), { body });
    const asked = guild.addMember().slash(guild.addChannel(), 'imagine');
    await expect(asked).rejects.toThrow('The application did not respond');
  });

  test('the same interaction comes again with a new signature', async () => {
    answer = (_, response) => json(response, { type: 4, data: { content: 'once' } });
    await ann.slash(channel, 'imagine');
    expect(await server.redeliver()).toMatchObject({ status: 200 });
    expect(received.map(({ id }) => id)).toEqual([received[0]?.id, received[0]?.id]);
    expect(ann.sees(channel).filter(({ text }) => text === 'once')).toHaveLength(1);
  });
});
