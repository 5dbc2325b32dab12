import { describe, expect, it } from 'vitest';
import { idsToName } from '#bots/slack/ids-to-name.ts';
import { readPayload } from '#bots/slack/inbound.ts';

const command = {
  command: '/imagine',
  text: 'a fox &amp; <@U2|bo> --n 4',
  team_id: 'T1',
  team_domain: 'studio',
  channel_id: 'C1',
  channel_name: 'general',
  user_id: 'U1',
  trigger_id: '1.2.abc',
  response_url: 'https://hooks.slack.example/commands/1',
};
const bot = { enterprise_id: null, team_id: 'T1', user_id: 'UBOT', is_bot: true };
const said = { type: 'app_mention', user: 'U1', text: '<@UBOT> a fox', ts: '1700000000.000100', channel: 'C1' };
const eventOf = (event: object, envelope: object = {}) => ({
  type: 'event_callback',
  team_id: 'T1',
  event_id: 'Ev1',
  authorizations: [bot],
  event,
  ...envelope,
});
const interaction = {
  user: { id: 'U1', team_id: 'T1' },
  team: { id: 'T1', domain: 'studio' },
  enterprise: null,
  channel: { id: 'C1', name: 'general' },
  response_url: 'https://hooks.slack.example/actions/1',
  trigger_id: '3.4.abc',
};
const press = {
  ...interaction,
  type: 'block_actions',
  container: { type: 'message', message_ts: '1700000000.000200', channel_id: 'C1' },
  message: { ts: '1700000000.000200' },
  actions: [{ type: 'button', action_id: 'cancel k7m2q4', value: 'cancel k7m2q4', action_ts: '1700000009.1' }],
};

describe('a slash command', () => {
  it('is what was typed, from whom and where', () => {
    expect(readPayload(command)).toEqual({
      kind: 'said',
      by: 'command',
      origin: {
        workspace: { platformId: 'T1', name: 'studio' },
        channel: { id: 'C1', name: 'general' },
        user: 'U1',
        heard: false,
      },
      deliveryKey: 'command:1.2.abc',
      trigger: '1.2.abc',
      responseUrl: 'https://hooks.slack.example/commands/1',
      text: '/imagine a fox & @bo --n 4',
      mentions: [{ typed: '@bo', kind: 'account', platformId: 'U2', name: 'bo' }],
      files: [],
    });
  });

  it.each([
    ['/help', '', { text: '/help' }],
    ['/easel', '', { text: '/help' }],
    ['/easel', 'status k7m2q4', { text: '/status k7m2q4' }],
    ['/easel', '/status k7m2q4', { text: '/status k7m2q4' }],
    ['/easel', 'status', { text: '/status' }],
    ['/easel', 'a red fox', { text: 'a red fox', bare: true }],
    ['/easel', 'statues of stone', { text: 'statues of stone', bare: true }],
    ['/easel', '/draw a fox', { text: '/draw a fox' }],
  ])('%s %s', (name, text, meant) => {
    expect(readPayload({ ...command, command: name, text })).toMatchObject(meant);
  });

  it('for a batch without words asks for the form', () => {
    const wanted = { kind: 'form wanted', trigger: '1.2.abc', prompt: '', deliveryKey: 'command:1.2.abc' };
    expect(readPayload({ ...command, text: ' ' })).toMatchObject(wanted);
  });

  it('in a channel without a name has its id for one', () => {
    const unnamed = { ...command, channel_id: 'G1', channel_name: 'privategroup' };
    expect(readPayload(unnamed)).toMatchObject({ origin: { channel: { id: 'G1', name: 'G1' } } });
  });
});

describe('a message', () => {
  it('that mentions the bot is words to it, answered in a thread below', () => {
    expect(readPayload(eventOf(said))).toEqual({
      kind: 'said',
      by: 'message',
      origin: {
        workspace: { platformId: 'T1', name: 'T1' },
        channel: { id: 'C1', name: 'C1' },
        user: 'U1',
        heard: true,
        thread: '1700000000.000100',
      },
      deliveryKey: 'message:C1:1700000000.000100',
      text: 'a fox',
      bare: true,
      files: [],
    });
  });

  it('in a thread is answered there, privately too', () => {
    const inThread = { ...said, thread_ts: '1690000000.000100' };
    expect(readPayload(eventOf(inThread))).toMatchObject({
      origin: { thread: '1690000000.000100' },
      privateThread: '1690000000.000100',
      repliesTo: { channel: 'C1', message: '1690000000.000100', thread: '1690000000.000100' },
    });
    expect(readPayload(eventOf(said))).not.toHaveProperty('repliesTo');
  });

  it('to the bot directly is answered in its place', () => {
    const direct = { ...said, type: 'message', channel_type: 'im', channel: 'D1', text: 'a fox' };
    const read = readPayload(eventOf(direct));
    expect(read).toMatchObject({ text: 'a fox', bare: true, deliveryKey: 'message:D1:1700000000.000100' });
    expect(read).not.toMatchObject({ origin: { thread: expect.anything() } });
  });

  it('has the same key under another event id', () => {
    const again = readPayload(eventOf(said, { event_id: 'Ev2' }));
    expect(again).toEqual(readPayload(eventOf(said)));
  });

  it.each([
    ['only mentions the bot', '<@UBOT>', { text: '/help' }],
    ['is a command', '<@UBOT> /imagine a fox', { text: '/imagine a fox' }],
    ['has several lines', '<@UBOT> a fox\n  in snow', { text: 'a fox\n  in snow', bare: true }],
  ])('that %s', (_, text, meant) => {
    expect(readPayload(eventOf({ ...said, text }))).toMatchObject(meant);
  });

  it('brings its files along, by their addresses', () => {
    const files = [
      { id: 'F1', name: 'fox.png', mimetype: 'image/png', size: 12, url_private: 'https://files.slack.example/x' },
      { id: 'F2', file_access: 'check_file_info', name: null, mimetype: null, size: null },
    ];
    const direct = { ...said, type: 'message', channel_type: 'im', subtype: 'file_share', files };
    expect(readPayload(eventOf(direct))).toMatchObject({
      files: [
        { name: 'fox.png', type: 'image/png', bytes: 12, locator: 'https://files.slack.example/x' },
        { name: 'F2', type: '', bytes: 0, locator: 'F2' },
      ],
    });
  });

  it('that brings pictures without words is a batch that lacks its prompt', () => {
    const files = [{ id: 'F1', name: 'fox.png', mimetype: null, size: null }];
    expect(readPayload(eventOf({ ...said, text: '<@UBOT>', files }))).toMatchObject({ text: '/imagine' });
  });

  it.each([
    ['of a bot', { ...said, bot_id: 'B1' }],
    ['of its own', { ...said, user: 'UBOT' }],
    ['in a channel that does not mention it', { ...said, type: 'message', channel_type: 'channel' }],
    ['that was changed', { ...said, type: 'message', channel_type: 'im', subtype: 'message_changed' }],
    ['that is none', { type: 'reaction_added', user: 'U1', item: { channel: 'C1' } }],
    ['without a person', { ...said, user: undefined }],
  ])('%s is ignored', (_, event) => {
    expect(readPayload(eventOf(event))).toBeUndefined();
  });

  it('tells which names it lacks, but for the bot itself', () => {
    const text = '<@UBOT> a portrait of <@U2> for <#C2|>';
    expect(idsToName(eventOf({ ...said, text }))).toEqual({ users: ['U2'], channels: ['C2'], groups: [] });
    const names = new Map([
      ['U2', 'bo'],
      ['C2', 'art'],
    ]);
    expect(readPayload(eventOf({ ...said, text }), names)).toMatchObject({ text: 'a portrait of @bo for #art' });
    expect(idsToName(command)).toEqual({ users: [], channels: [], groups: [] });
  });
});

describe('a press', () => {
  it('is the command that the button carries', () => {
    expect(readPayload(press)).toMatchObject({
      by: 'press',
      text: 'cancel k7m2q4',
      deliveryKey: 'press:C1:1700000000.000200:U1:1700000009.1',
      responseUrl: 'https://hooks.slack.example/actions/1',
    });
  });

  it('below a card goes on in its thread', () => {
    const container = { ...press.container, thread_ts: '1690000000.000100' };
    expect(readPayload({ ...press, container })).toMatchObject({
      origin: { thread: '1690000000.000100' },
      privateThread: '1690000000.000100',
    });
  });

  it('in a form is none', () => {
    expect(readPayload({ ...press, container: { type: 'view', view_id: 'V1' }, channel: undefined })).toBeUndefined();
  });
});

describe('the message shortcut', () => {
  const shortcut = {
    ...interaction,
    type: 'message_action',
    callback_id: 'imagine',
    message: { ts: '1700000000.000300', text: 'a fox &amp; a hen', user: 'U2' },
  };

  it('asks for a form with the words of the message, for the thread below it', () => {
    expect(readPayload(shortcut)).toMatchObject({
      kind: 'form wanted',
      prompt: 'a fox & a hen',
      trigger: '3.4.abc',
      origin: { thread: '1700000000.000300', channel: { id: 'C1' } },
    });
  });

  it('of somebody else is ignored', () => {
    expect(readPayload({ ...shortcut, callback_id: 'translate' })).toBeUndefined();
  });
});

describe('a form that was sent', () => {
  const metadata = {
    channel: { id: 'C1', name: 'general' },
    thread: '1700000000.000300',
    responseUrl: 'https://hooks.slack.example/commands/2',
  };
  const submission = (values: object, private_metadata = JSON.stringify(metadata)) => ({
    type: 'view_submission',
    user: interaction.user,
    team: interaction.team,
    view: { id: 'V1', callback_id: 'imagine', private_metadata, state: { values } },
  });

  it('is a typed command, for the place where the form was asked for', () => {
    const values = {
      prompt: { prompt: { type: 'plain_text_input', value: 'a fox\na hen' } },
      n: { n: { type: 'number_input', value: '4' } },
      ar: { ar: { type: 'static_select', selected_option: { text: {}, value: '16:9' } } },
      seed: { seed: { type: 'number_input', value: null } },
      model: { model: { type: 'static_select', selected_option: null } },
      files: { files: { type: 'file_input', files: [{ id: 'F1', name: 'a.png', mimetype: 'image/png', size: 3 }] } },
    };
    expect(readPayload(submission(values))).toEqual({
      kind: 'said',
      by: 'form',
      origin: {
        workspace: { platformId: 'T1', name: 'studio' },
        channel: { id: 'C1', name: 'general' },
        user: 'U1',
        heard: false,
        thread: '1700000000.000300',
      },
      deliveryKey: 'form:V1',
      text: '/imagine a fox\na hen\n--n 4 --ar 16:9',
      files: [{ name: 'a.png', type: 'image/png', bytes: 3, locator: 'F1' }],
      responseUrl: 'https://hooks.slack.example/commands/2',
    });
  });

  it('without its place is ignored', () => {
    expect(readPayload(submission({}, 'no JSON'))).toBeUndefined();
    expect(readPayload(submission({}, '{}'))).toBeUndefined();
  });
});

it.each([
  [undefined],
  [null],
  ['text'],
  [[]],
  [{}],
  [{ type: 'view_closed' }],
  [{ command: 'imagine' }],
  [{ type: 7 }],
])('takes %j for nothing', (payload) => {
  expect(readPayload(payload)).toBeUndefined();
});

it('reads the questions of Slack itself', () => {
  expect(readPayload({ type: 'url_verification', challenge: 'x1' })).toEqual({ kind: 'challenge', challenge: 'x1' });
  expect(readPayload({ type: 'app_rate_limited' })).toEqual({ kind: 'limited' });
});
