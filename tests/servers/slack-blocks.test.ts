import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noRate } from '#tests/servers/rates.ts';
import { openTeam } from '#tests/servers/slack-scene.ts';
import { refusal } from '#tests/servers/slack-sdk.ts';

type Blocks = Record<string, unknown>[];

async function begin() {
  const opened = await openTeam({ rates: { channel: noRate } });
  const { channel, client } = opened;
  const post = (blocks: unknown, text = 'x') =>
    client.apiCall('chat.postMessage', { channel: channel.id, text, blocks: blocks as never });
  return { ...opened, post };
}

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const long = (length: number) => 'x'.repeat(length);
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const button = (facts: Record<string, unknown> = {}) => ({
  type: 'button',
  text: plain('Go'),
  action_id: 'go',
  ...facts,
});
const actions = (...elements: unknown[]) => ({ type: 'actions', elements });
const image = (facts: Record<string, unknown> = {}) => ({
  type: 'image',
  image_url: 'https://pictures.example.com/fox.png',
  alt_text: 'a fox',
  ...facts,
});
const task = (facts: Record<string, unknown> = {}) => ({
  type: 'task_card',
  task_id: '1',
  title: 'Image 1',
  status: 'complete',
  ...facts,
});
const card = (facts: Record<string, unknown> = {}) => ({ type: 'card', title: mrkdwn('Fox'), ...facts });

const taken: [string, Blocks][] = [
  ['50 blocks', many(50, () => ({ type: 'divider' }))],
  ['section text of 3,000', [{ type: 'section', text: mrkdwn(long(3000)) }]],
  ['10 fields', [{ type: 'section', fields: many(10, () => mrkdwn('x')) }]],
  ['a header of 150', [{ type: 'header', text: plain(long(150)) }]],
  [
    '25 buttons with the longest of everything',
    [
      actions(
        ...many(25, (index) =>
          button({ text: plain(long(75)), value: long(2000), action_id: `${index}`.padEnd(255, 'x') }),
        ),
      ),
    ],
  ],
  [
    'a menu',
    [
      actions({
        type: 'static_select',
        action_id: 's',
        placeholder: plain('Pick'),
        options: [{ text: plain('A'), value: 'a' }],
      }),
    ],
  ],
  ['alt text of 2,000', [image({ alt_text: long(2000) })]],
  ['markdown of 12,000', [{ type: 'markdown', text: long(12_000) }]],
  ['a plan', [{ type: 'plan', title: 'Batch', tasks: [task(), task({ task_id: '2', status: 'error' })] }]],
  ['a carousel', [{ type: 'carousel', elements: [card({ hero_image: image() }), card({ actions: [button()] })] }]],
  ['an alert', [{ type: 'alert', level: 'warning', text: mrkdwn('Careful') }]],
  [
    'rich text',
    [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'x' }] }] }],
  ],
];

test.each(taken)('takes %s', async (_, blocks) => {
  const { post } = await begin();
  expect(await post(blocks)).toMatchObject({ ok: true });
});

const refused: [string, Blocks, RegExp][] = [
  ['51 blocks', many(51, () => ({ type: 'divider' })), /no more than 50 items allowed \[json-pointer:\/blocks\]/],
  ['an unknown block', [{ type: 'gallery' }], /unsupported type: gallery/],
  ['an unknown property', [{ type: 'divider', spoiler: true }], /invalid additional property: spoiler/],
  ['a block id twice', many(2, () => ({ type: 'divider', block_id: 'a' })), /already exists for another block/],
  ['a block id of 256', [{ type: 'divider', block_id: long(256) }], /must be less than 256 characters/],
  ['section text of 3,001', [{ type: 'section', text: mrkdwn(long(3001)) }], /less than 3001.*\/blocks\/0\/text\/text/],
  ['empty section text', [{ type: 'section', text: mrkdwn('') }], /must be more than 0 characters/],
  ['a section with nothing', [{ type: 'section' }], /missing required field: text/],
  ['11 fields', [{ type: 'section', fields: many(11, () => mrkdwn('x')) }], /no more than 10 items/],
  ['a field of 2,001', [{ type: 'section', fields: [mrkdwn(long(2001))] }], /less than 2001/],
  ['a header of 151', [{ type: 'header', text: plain(long(151)) }], /less than 151/],
  ['a header in mrkdwn', [{ type: 'header', text: mrkdwn('x') }], /unsupported type: mrkdwn/],
  ['11 context elements', [{ type: 'context', elements: many(11, () => mrkdwn('x')) }], /no more than 10 items/],
  ['26 buttons', [actions(...many(26, (index) => button({ action_id: `${index}` })))], /no more than 25 items/],
  ['no buttons', [actions()], /no fewer than 1 items/],
  ['an action id twice', [actions(button(), button())], /already exists for another element/],
  ['a label of 76', [actions(button({ text: plain(long(76)) }))], /less than 76/],
  ['an action id of 256', [actions(button({ action_id: long(256) }))], /less than 256/],
  ['a value of 2,001', [actions(button({ value: long(2001) }))], /less than 2001/],
  ['an unknown style', [actions(button({ style: 'success' }))], /one of: primary, danger/],
  ['a text input among buttons', [actions({ type: 'plain_text_input', action_id: 'x' })], /unsupported type/],
  ['alt text of 2,001', [image({ alt_text: long(2001) })], /less than 2001/],
  ['no alt text', [image({ alt_text: undefined })], /missing required field: alt_text/],
  ['two sources', [image({ slack_file: { id: 'F0123ABCD' } })], /either image_url or slack_file/],
  ['no source', [image({ image_url: undefined })], /either image_url or slack_file/],
  ['an address only we can reach', [image({ image_url: 'http://127.0.0.1/fox.png' })], /downloading image failed/],
  ['a webp', [image({ image_url: 'https://pictures.example.com/fox.webp' })], /unsupported image type/],
  ['an unknown file', [image({ image_url: undefined, slack_file: { id: 'F0123ABCD' } })], /invalid slack file/],
  ['a file address as id', [image({ image_url: undefined, slack_file: { id: 'https://x' } })], /\^\[F\]\[A-Z0-9\]/],
  ['markdown of 12,001', [{ type: 'markdown', text: long(12_001) }], /less than 12001/],
  ['12,001 in two', many(2, () => ({ type: 'markdown', text: long(6001) })), /12000 characters in total/],
  ['a task in no known state', [task({ status: 'done' })], /pending, in_progress, complete, error/],
  ['a task without id', [{ type: 'plan', title: 'x', tasks: [task({ task_id: undefined })] }], /field: task_id/],
  ['11 cards', [{ type: 'carousel', elements: many(11, () => card()) }], /no more than 10 items/],
  ['no cards', [{ type: 'carousel', elements: [] }], /no fewer than 1 items/],
  ['an empty card', [{ type: 'carousel', elements: [{ type: 'card', subtitle: mrkdwn('x') }] }], /at least one of/],
  ['a card body of 201', [card({ body: mrkdwn(long(201)) })], /less than 201/],
  ['an alert of 201', [{ type: 'alert', text: mrkdwn(long(201)) }], /less than 201/],
  ['two tables', many(2, () => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] })), /only_one_table/],
];

test.each(refused)('refuses %s, in the words Slack has for it', async (_, blocks, words) => {
  const { post } = await begin();
  const answer = await refusal(post(blocks));
  expect(answer.error).toBe('invalid_blocks');
  expect(String(answer.errors)).toMatch(words);
  expect(answer.response_metadata).toMatchObject({ messages: [expect.stringMatching(/^\[ERROR\] /)] });
});

test('refuses texts and blocks that are too much for one message', async () => {
  const { slack, channel, client, post } = await begin();
  const sections = many(5, () => ({ type: 'section', text: mrkdwn(long(2700)) }));
  expect(await refusal(post(sections))).toMatchObject({ error: 'msg_blocks_too_long' });
  expect(await refusal(post('{'))).toMatchObject({ error: 'invalid_blocks_format' });
  expect(await refusal(client.chat.postMessage({ channel: channel.id } as never))).toMatchObject({ error: 'no_text' });
  const { ts } = await client.chat.postMessage({ channel: channel.id, text: 'x' });
  const update = (text: string) => client.chat.update({ channel: channel.id, ts: String(ts), text });
  await update(long(4000));
  expect(await refusal(update(long(4001)))).toMatchObject({ error: 'msg_too_long' });
  expect(slack.violations).toEqual([]);
});

test('records what Slack lets pass although it harms: long text cut off, blocks without text', async () => {
  const { slack, person, channel, client, post } = await begin();
  await client.chat.postMessage({ channel: channel.id, text: long(40_001) });
  expect(slack.seen(channel.id, person.id)[0]?.text).toHaveLength(40_000);
  await post([{ type: 'divider' }], '');
  expect(slack.violations).toEqual([
    expect.stringContaining('cut off after 40000'),
    expect.stringContaining('without text'),
  ]);
});

test('shows every text of a message once, whatever block it is in, and never fails on what was taken', async () => {
  const { slack, person, channel, post } = await begin();
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, maxLength: 70, unit: 'grapheme' }), async (typed) => {
      await post([
        { type: 'header', text: plain(typed) },
        { type: 'section', text: plain(typed), accessory: button({ text: plain('Go') }) },
        { type: 'context', elements: [plain(typed)] },
      ]);
      const seen = slack.seen(channel.id, person.id).at(-1);
      const decoded = typed.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      expect(seen?.text).toBe([decoded, decoded, decoded].join('\n').replaceAll(/[\u200b\u2060]/g, ''));
      expect(seen?.pings).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
