import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { closeServer, listen } from '#tests/servers/listen.ts';
import { openTeam } from '#tests/servers/slack-scene.ts';
import { createClient, refusal, startBolt } from '#tests/servers/slack-sdk.ts';

/** An app that answers every request the same way; undefined: never. */
async function startApp(answer: () => { status: number; body?: string; headers?: Record<string, string> } | undefined) {
  const headers: Record<string, string | string[] | undefined>[] = [];
  const app = createServer((request, response) => {
    headers.push(request.headers);
    const given = answer();
    if (given) response.writeHead(given.status, given.headers).end(given.body);
  });
  const origin = await listen(app);
  onTestFinished(() => closeServer(app));
  return { url: `${origin}/slack/events`, headers };
}

test('signs what Bolt accepts; Bolt refuses wrong and old signatures and echoes the challenge', async () => {
  const { slack, team } = await openTeam();
  await using app = await startBolt(slack, team, 'http', () => {});
  expect(await slack.verifyUrl()).toBe(true);
  const body = JSON.stringify({ type: 'url_verification', challenge: 'x' });
  const post = async (options?: { wrong?: boolean; ageMs?: number }) => {
    const headers = { 'content-type': 'application/json', ...slack.sign(body, options) };
    return (await fetch(app.eventsUrl, { method: 'POST', body, headers })).status;
  };
  expect([await post(), await post({ wrong: true }), await post({ ageMs: 6 * 60_000 })]).toEqual([200, 401, 401]);
});

test('sends an event again when it was not acknowledged: at once, after a minute, after five', async () => {
  const { slack, person, channel } = await openTeam({ ackTimeoutMs: 500 });
  const answers = [{ status: 500 }, undefined, { status: 500 }, { status: 200 }];
  const { url, headers } = await startApp(() => answers.shift());
  slack.deliverTo(url);
  const written = await person.write(channel, 'hello');
  expect(written.deliveries).toMatchObject([{ status: 500, error: 'dispatch_failed', retry: 0 }]);
  const tries = () => slack.deliveries.map(({ retry, retryReason, error }) => [retry, retryReason, error]);
  await vi.waitFor(() => expect(tries()).toContainEqual([1, 'http_error', 'operation_timeout']));
  slack.advance(60_000);
  await vi.waitFor(() => expect(tries()).toContainEqual([2, 'http_timeout', 'dispatch_failed']));
  slack.advance(5 * 60_000);
  await vi.waitFor(() => expect(slack.deliveries.at(-1)).toMatchObject({ retry: 3, status: 200 }));
  expect(headers.map((sent) => sent['x-slack-retry-num'])).toEqual([undefined, '1', '2', '3']);
  expect(new Set(slack.deliveries.map(({ eventId }) => eventId)).size).toBe(1);
});

test('repeats an event under another id, and leaves it be when told not to retry', async () => {
  const { slack, person, channel } = await openTeam({ retryDelaysMs: [0, 0, 0] });
  const { url } = await startApp(() => ({ status: 500, headers: { 'x-slack-no-retry': '1' } }));
  slack.deliverTo(url);
  const { deliveries } = await person.write(channel, 'hello');
  const first = deliveries[0];
  if (!first) throw new Error('nothing was sent');
  const again = await slack.repeat(first, { newEventId: true });
  expect(again.eventId).not.toBe(first.eventId);
  expect(again.payload.event).toEqual(first.payload.event);
  expect(slack.deliveries).toHaveLength(2);
});

test('tells the person when the app is late, failing, away or answers nonsense', async () => {
  const { slack, person, channel } = await openTeam({ ackTimeoutMs: 500 });
  await expect(person.command(channel, '/imagine', 'x')).rejects.toMatchObject({ code: 'dispatch_failed' });
  let answer: { status: number; body?: string } | undefined;
  const { url } = await startApp(() => answer);
  slack.deliverTo(url);
  await expect(person.command(channel, '/imagine', 'x')).rejects.toMatchObject({ code: 'operation_timeout' });
  answer = { status: 500 };
  await expect(person.command(channel, '/imagine', 'x')).rejects.toMatchObject({ code: 'dispatch_failed' });
  answer = { status: 200, body: JSON.stringify({ text: 'x', blocks: [{ type: 'gallery' }] }) };
  await expect(person.command(channel, '/imagine', 'x')).rejects.toMatchObject({ code: 'invalid_command_response' });
  await expect(person.command(channel, '/imagine', 'x', { thread: '1' })).rejects.toThrow('not supported in threads');
});

test('lets a response URL be used five times in half an hour, and replaces what was pressed', async () => {
  const { slack, team, person, channel, client } = await openTeam();
  const { url } = await startApp(() => ({ status: 200 }));
  slack.deliverTo(url);
  const { delivery } = await person.command(channel, '/imagine', 'x');
  const post = async (address: unknown, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    return await fetch(String(address), { method: 'POST', body: JSON.stringify(body), headers });
  };
  const address = delivery.payload.response_url;
  for (let count = 0; count < 5; count += 1) expect((await post(address, { text: `${count}` })).status).toBe(200);
  expect(await (await post(address, { text: 'x' })).json()).toEqual({ ok: false, error: 'used_url' });
  const other = await person.command(channel, '/imagine', 'x');
  slack.advance(30 * 60_000);
  expect((await post(other.delivery.payload.response_url, { text: 'x' })).status).toBe(404);
  expect(slack.seen(channel.id, person.id)).toHaveLength(5);
  expect(slack.seen(channel.id, team.addUser('bob').id)).toEqual([]);

  const elements = [{ type: 'button' as const, action_id: 'go', text: { type: 'plain_text' as const, text: 'Go' } }];
  await client.chat.postMessage({ channel: channel.id, text: 'Press', blocks: [{ type: 'actions', elements }] });
  const message = slack.seen(channel.id, person.id).at(-1);
  if (!message) throw new Error('no message');
  const pressed = await person.press(message, 'go');
  await post(pressed.delivery.payload.response_url, { text: 'Pressed', replace_original: true });
  expect(slack.seen(channel.id, person.id).at(-1)).toMatchObject({ ts: message.ts, text: 'Pressed', actions: [] });
  expect(slack.violations).toEqual([]);
});

test('takes a trigger once, within three seconds, and checks the form', async () => {
  const { slack, person, channel, client } = await openTeam();
  const { url } = await startApp(() => ({ status: 200 }));
  slack.deliverTo(url);
  const trigger = async () => String((await person.command(channel, '/imagine', '')).delivery.payload.trigger_id);
  const text = (words: string) => ({ type: 'plain_text' as const, text: words });
  const open = (trigger_id: string, view: Record<string, unknown> = {}) =>
    client.views.open({ trigger_id, view: { type: 'modal', title: text('Batch'), blocks: [], ...view } as never });
  const once = await trigger();
  await open(once);
  expect(person.views()).toHaveLength(1);
  expect(await refusal(open(once))).toMatchObject({ error: 'exchanged_trigger_id' });
  expect(await refusal(open('1.2.3'))).toMatchObject({ error: 'invalid_trigger_id' });
  const late = await trigger();
  slack.advance(3000);
  expect(await refusal(open(late))).toMatchObject({ error: 'expired_trigger_id' });
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ title: text('x'.repeat(25)) }, /less than 25.*\/view\/title/],
    [{ private_metadata: 'x'.repeat(3001) }, /less than 3001/],
    [{ callback_id: 'x'.repeat(256) }, /less than 256/],
    [{ blocks: Array.from({ length: 101 }, () => ({ type: 'divider' })) }, /no more than 100 items/],
    [{ blocks: [{ type: 'markdown', text: 'x' }] }, /unsupported type: markdown/],
  ];
  for (const [view, words] of wrong) {
    const answer = await refusal(open(await trigger(), view));
    expect(answer.error).toBe('invalid_arguments');
    expect(String(answer.errors)).toMatch(words);
  }
});

test('sends only what the manifest subscribes to and its scopes allow', async () => {
  const scopes = ['app_mentions:read', 'im:history', 'chat:write', 'commands'];
  const { slack, team, person, channel } = await openTeam({
    manifest: {
      features: { slash_commands: [{ command: '/imagine' }], shortcuts: [{ callback_id: 'again', type: 'message' }] },
      oauth_config: { scopes: { bot: scopes } },
      settings: { event_subscriptions: { bot_events: ['app_mention', 'message.im', 'message.channels'] } },
    },
  });
  const { url } = await startApp(() => ({ status: 200 }));
  slack.deliverTo(url);
  await person.write(channel, 'plain');
  await person.write(channel, 'with a mention', { mention: true });
  await person.dm('privately', { mention: true });
  expect(slack.deliveries.map(({ type }) => type)).toEqual(['app_mention', 'message']);
  await expect(person.command(channel, '/other')).rejects.toMatchObject({ code: 'unknown_command' });
  await expect(person.shortcut('other')).rejects.toMatchObject({ code: 'unknown_shortcut' });
  const raw = await person.command(channel, '/imagine', 'a <b> & c');
  expect(raw.delivery.payload.text).toBe('a <b> & c');
  await team.uninstall();
  await expect(person.command(channel, '/imagine')).rejects.toMatchObject({ code: 'unknown_command' });
});

test('spreads events over connections, asks one to leave, and cuts them all', async () => {
  const { slack, team, person, channel } = await openTeam();
  const heard: string[] = [];
  const listen = (name: string) =>
    startBolt(slack, team, 'socket', (app) => {
      app.message(async () => void heard.push(name));
      app.command('/silent', async () => {});
    });
  await using _first = await listen('first');
  await using _second = await listen('second');
  await person.write(channel, 'one');
  await person.write(channel, 'two');
  await vi.waitFor(() => expect(heard.toSorted()).toEqual(['first', 'second']));
  slack.socket.refresh();
  await vi.waitFor(() => expect(slack.socket.connections).toBe(1));
  await person.write(channel, 'three');
  await vi.waitFor(() => expect(heard.filter((name) => name === 'second')).toHaveLength(2));
  const command = person.command(channel, '/silent');
  slack.socket.cut();
  await expect(command).rejects.toMatchObject({ code: 'dispatch_failed' });
});

test('sends an event that a connection took away again on another one', async () => {
  const { slack, team, person, channel } = await openTeam({ retryDelaysMs: [0, 0, 0] });
  const { url } = await createClient(slack, slack.appToken).apps.connections.open();
  const silent = new WebSocket(String(url));
  const frames: string[] = [];
  silent.on('message', (data) => frames.push(String(data)));
  await vi.waitFor(() => expect(JSON.parse(frames[0] ?? '{}')).toMatchObject({ type: 'hello', num_connections: 1 }));
  const writing = person.write(channel, 'hello');
  await vi.waitFor(() => expect(frames).toHaveLength(2));
  const heard: string[] = [];
  await using _app = await startBolt(slack, team, 'socket', (app) => {
    app.message(async ({ message }) => void heard.push(String('text' in message && message.text)));
  });
  silent.terminate();
  await writing;
  await vi.waitFor(() => expect(heard).toEqual(['hello']));
  expect(slack.deliveries).toMatchObject([{ retry: 0, error: 'dispatch_failed' }, { retry: 1 }]);

  const again = new WebSocket(String(url));
  const [error] = await once(again, 'error');
  expect(String(error)).toContain('408');
});
