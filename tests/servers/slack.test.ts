import { expect, test } from 'vitest';
import { noRate } from '#tests/servers/rates.ts';
import type { SlackServerOptions } from '#tests/servers/slack.ts';
import { openTeam } from '#tests/servers/slack-scene.ts';
import { createClient, refusal, startBolt } from '#tests/servers/slack-sdk.ts';

const begin = (options: SlackServerOptions = {}) =>
  openTeam(options, { primaryOwner: true, locale: 'pt-BR', tz: 'Europe/Lisbon' });

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

test('posts, updates and deletes what people in the channel see', async () => {
  const { slack, team, person, channel, client } = await begin();
  const { ts } = await client.chat.postMessage({
    channel: channel.id,
    text: 'Two images',
    blocks: [section('*Two* images'), { type: 'actions', elements: [button('Cancel', 'cancel k7m2q4')] }],
  });
  expect(slack.seen(channel.id, person.id)).toMatchObject([
    { ts, author: team.botUserId, text: 'Two images', fallback: 'Two images', edits: 0, private: false },
  ]);
  const [message] = slack.seen(channel.id, person.id);
  expect(message?.actions).toMatchObject([{ label: 'Cancel', actionId: 'cancel k7m2q4', kind: 'button' }]);
  expect(message?.markup).toEqual([{ kind: 'bold', text: 'Two' }]);

  await client.chat.update({ channel: channel.id, ts: String(ts), text: 'Done' });
  expect(slack.seen(channel.id, person.id)).toMatchObject([{ text: 'Done', edits: 1, actions: [] }]);
  await client.chat.delete({ channel: channel.id, ts: String(ts) });
  expect(slack.seen(channel.id, person.id)).toEqual([]);
  expect(slack.violations).toEqual([]);
  expect(slack.requests.map(({ method, status }) => [method, status])).toEqual([
    ['chat.postMessage', 200],
    ['chat.update', 200],
    ['chat.delete', 200],
  ]);
});

test('shows an ephemeral message to one person, until they reload', async () => {
  const { slack, team, person, channel, client } = await begin();
  const other = team.addUser('bob');
  await client.chat.postEphemeral({ channel: channel.id, user: person.id, text: 'Only you' });
  expect(slack.seen(channel.id, person.id)).toMatchObject([{ text: 'Only you', private: true }]);
  expect(slack.seen(channel.id, other.id)).toEqual([]);
  person.reload();
  expect(slack.seen(channel.id, person.id)).toEqual([]);
});

test('says who a person is, with locale, time zone and rank', async () => {
  const { client, person } = await begin();
  const { user } = await client.users.info({ user: person.id, include_locale: true });
  expect(user).toMatchObject({ locale: 'pt-BR', tz: 'Europe/Lisbon', is_admin: true, is_primary_owner: true });
  expect((await client.users.info({ user: person.id })).user).not.toHaveProperty('locale');
  expect(await refusal(client.users.info({ user: 'U0' }))).toMatchObject({ error: 'user_not_found' });
});

test('refuses calls without token, with a dead one, and without the scope', async () => {
  const { slack, team, channel, client } = await begin();
  const call = (token: string) => createClient(slack, token).chat.postMessage({ channel: channel.id, text: 'x' });
  expect(await refusal(call(''))).toMatchObject({ error: 'not_authed' });
  expect(await refusal(call('xoxb-nobody'))).toMatchObject({ error: 'invalid_auth' });
  expect(await refusal(call(slack.appToken))).toMatchObject({ error: 'not_allowed_token_type' });
  team.setScopes(['commands']);
  expect(await refusal(call(team.botToken))).toMatchObject({
    error: 'missing_scope',
    needed: 'chat:write',
    provided: 'commands',
  });
  team.revokeToken();
  expect(await refusal(client.auth.test())).toMatchObject({ error: 'token_revoked' });
  await team.uninstall();
  expect(await refusal(client.auth.test())).toMatchObject({ error: 'account_inactive' });
});

test('refuses channels the bot cannot post in', async () => {
  const { team, person, client } = await begin();
  const post = (channel: string) => refusal(client.chat.postMessage({ channel, text: 'x' }));
  expect(await post('C0NOSUCH')).toMatchObject({ error: 'channel_not_found' });
  expect(await post(team.addChannel('out', { bot: false }).id)).toMatchObject({ error: 'not_in_channel' });
  expect(await post(team.addChannel('secret', { bot: false, private: true }).id)).toMatchObject({
    error: 'channel_not_found',
  });
  expect(await post(team.addChannel('old', { archived: true }).id)).toMatchObject({ error: 'is_archived' });
  expect(await refusal(client.conversations.open({ users: team.botUserId }))).toMatchObject({ error: 'cannot_dm_bot' });
  const { channel } = await client.conversations.open({ users: person.id });
  expect(channel?.id).toBe(person.dmChannel().id);
  person.deactivate();
  expect(await refusal(client.conversations.open({ users: person.id }))).toMatchObject({ error: 'user_disabled' });
});

test('un-threads a reply whose parent is gone, and says so only in the answer', async () => {
  const { slack, person, channel, client } = await begin();
  const parent = await client.chat.postMessage({ channel: channel.id, text: 'parent' });
  const thread_ts = String(parent.ts);
  const reply = await client.chat.postMessage({ channel: channel.id, text: 'reply', thread_ts });
  expect(reply.message).toMatchObject({ thread_ts });
  await client.chat.delete({ channel: channel.id, ts: String(reply.ts) });
  await client.chat.delete({ channel: channel.id, ts: thread_ts });
  const orphan = await client.chat.postMessage({ channel: channel.id, text: 'orphan', thread_ts });
  expect(orphan.message).not.toHaveProperty('thread_ts');
  expect(slack.seen(channel.id, person.id)).toMatchObject([{ text: 'orphan' }]);
  expect(slack.violations).toEqual([]);
  const wrong = client.chat.postMessage({ channel: channel.id, text: 'x', thread_ts: 'yesterday' });
  expect(await refusal(wrong)).toMatchObject({ error: 'invalid_thread_ts' });
  await client.chat.postMessage({ channel: channel.id, text: 'x', thread_ts: '1500000000.000100' });
  expect(slack.violations).toHaveLength(1);
});

test('answers 429 with Retry-After to an app that is too fast in a channel, and takes more later', async () => {
  const { slack, channel, client } = await begin();
  const post = () => client.chat.postMessage({ channel: channel.id, text: 'x' });
  const posts = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(post));
  expect(posts.filter(({ status }) => status === 'rejected')).toHaveLength(2);
  expect(slack.floods).toHaveLength(2);
  await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
  slack.advance(1100);
  await post();
});

test('counts each method by workspace, in windows that can be made shorter', async () => {
  const { slack, client } = await begin({ rateScale: 10, rates: { 'users.info': { limit: 2, windowMs: 60_000 } } });
  const ask = () => client.users.info({ user: 'U0' });
  for (let count = 0; count < 2; count += 1) await refusal(ask());
  await expect(ask()).rejects.toMatchObject({ retryAfter: 6 });
  await client.auth.test();
  expect(slack.floods.map(({ method }) => method)).toEqual(['users.info']);
});

test('puts each fault on the requests it is meant for', async () => {
  const { slack, person, channel, client } = await begin();
  const post = (text: string) => client.chat.postMessage({ channel: channel.id, text });
  const fail = (kind: 'rate_limited' | 'server_error' | 'drop' | 'cut_after' | 'gone' | 'forbidden' | 'slow') =>
    slack.fail({ kind, match: ({ body }) => body.text === kind, retryAfterMs: 3000, delayMs: 1 });
  fail('rate_limited');
  await post('other');
  await expect(post('rate_limited')).rejects.toMatchObject({ retryAfter: 3 });
  fail('server_error');
  await expect(post('server_error')).rejects.toMatchObject({ statusCode: 503 });
  fail('drop');
  await expect(post('drop')).rejects.toMatchObject({ code: 'slack_webapi_request_error' });
  fail('cut_after');
  await expect(post('cut_after')).rejects.toMatchObject({ code: 'slack_webapi_request_error' });
  fail('gone');
  expect(await refusal(post('gone'))).toMatchObject({ error: 'channel_not_found' });
  fail('forbidden');
  expect(await refusal(post('forbidden'))).toMatchObject({ error: 'not_in_channel' });
  fail('slow');
  await post('slow');
  expect(slack.seen(channel.id, person.id).map(({ text }) => text)).toEqual(['other', 'cut_after', 'slow']);
  expect(slack.floods).toEqual([]);
});

test('gives history only in small pages and seldom', async () => {
  const { slack, channel, client } = await begin({ rates: { channel: noRate } });
  const { ts } = await client.chat.postMessage({ channel: channel.id, text: 'parent' });
  for (let count = 0; count < 20; count += 1) {
    await client.chat.postMessage({ channel: channel.id, text: `${count}`, thread_ts: String(ts) });
  }
  const replies = await client.conversations.replies({ channel: channel.id, ts: String(ts), limit: 100 });
  expect(replies.messages).toHaveLength(15);
  expect(replies.has_more).toBe(true);
  await expect(client.conversations.replies({ channel: channel.id, ts: String(ts) })).rejects.toMatchObject({
    code: 'slack_webapi_rate_limited_error',
  });
  slack.advance(60_000);
  const cursor = String(replies.response_metadata?.next_cursor);
  const rest = await client.conversations.replies({ channel: channel.id, ts: String(ts), cursor });
  expect(rest.messages).toHaveLength(6);
});

for (const way of ['http', 'socket'] as const) {
  test(`brings commands, presses, forms and messages to the app by ${way}, and shows its answers`, async () => {
    const { slack, team, person, channel } = await begin();
    await using _app = await startBolt(slack, team, way, (app) => {
      app.command('/imagine', async ({ ack, command }) => await ack({ text: `You said ${command.text}` }));
      app.action('open', async ({ ack, body, client }) => {
        await ack();
        const trigger_id = 'trigger_id' in body ? String(body.trigger_id) : '';
        await client.views.open({ trigger_id, view: form });
      });
      app.view('form', async ({ ack, view }) => {
        const prompt = view.state.values.prompt?.text?.value;
        if (prompt === 'no') await ack({ response_action: 'errors', errors: { prompt: 'Say more' } });
        else await ack();
      });
      app.event('app_mention', async ({ event, say }) => void (await say({ text: 'Hello', thread_ts: event.ts })));
      app.shortcut('again', async ({ ack, respond }) => {
        await ack();
        await respond({ text: 'Again' });
      });
    });

    const answer = await person.command(channel, '/imagine', 'a fox & <owl> @ada #general');
    expect(answer.status).toBe(200);
    const [reply] = slack.seen(channel.id, person.id);
    expect(reply).toMatchObject({ private: true, text: 'You said a fox & <owl> @ada #general' });
    expect(answer.delivery.payload.text).toBe(`a fox &amp; &lt;owl&gt; <@${person.id}|ada> <#${channel.id}|general>`);

    const client = createClient(slack, team.botToken);
    const blocks = [{ type: 'actions', elements: [button('Open', 'open')] }];
    await client.chat.postMessage({ channel: channel.id, text: 'Press', blocks });
    const pressable = slack.seen(channel.id, person.id).at(-1);
    if (!pressable) throw new Error('no message');
    await person.press(pressable, 'Open');
    const view = await slack.until(channel.id, person.id, () => person.views()[0]);
    const refused = await person.submitView(view, { prompt: 'no' });
    expect(refused).toMatchObject({ errors: { prompt: 'Say more' }, view: { id: view.id } });
    expect(await person.submitView(view, { Prompt: 'a fox' })).not.toHaveProperty('view');

    const { message } = await person.write(channel, 'are you there?', { mention: true });
    const hello = await slack.until(channel.id, person.id, (all) => all.find(({ text }) => text === 'Hello'));
    expect(hello.thread).toBe(message.ts);
    await person.shortcut('again', message);
    await slack.until(channel.id, person.id, (all) => all.find(({ text }) => text === 'Again' && true));
    expect(slack.deliveries.every(({ via }) => via === way)).toBe(true);
    expect(slack.violations).toEqual([]);
  });
}

function button(text: string, action_id: string) {
  return { type: 'button' as const, text: { type: 'plain_text' as const, text }, action_id, value: 'v' };
}

const form = {
  type: 'modal' as const,
  callback_id: 'form',
  title: { type: 'plain_text' as const, text: 'New batch' },
  submit: { type: 'plain_text' as const, text: 'Start' },
  blocks: [
    {
      type: 'input',
      block_id: 'prompt',
      label: { type: 'plain_text', text: 'Prompt' },
      element: { type: 'plain_text_input', action_id: 'text' },
    },
  ],
};
