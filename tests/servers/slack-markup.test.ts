import { expect, test } from 'vitest';
import { renderMarkdown } from '#tests/servers/slack-markdown.ts';
import { type Names, renderPlain } from '#tests/servers/slack-markup.ts';
import { renderMrkdwn } from '#tests/servers/slack-mrkdwn.ts';

const names: Names = {
  user: (id) => (id === 'U1' ? 'ada' : undefined),
  channel: (id) => (id === 'C1' ? 'general' : undefined),
  channelNamed: (name) => (name === 'general' ? 'C1' : undefined),
};

const shown: [source: string, text: string, kinds: string[]][] = [
  ['*bold* _italic_ ~gone~', 'bold italic gone', ['bold', 'italic', 'strike']],
  ['*_both_*', 'both', ['italic', 'bold']],
  ['`code *not bold*`', 'code *not bold*', ['code']],
  ['```\n*not bold*\n```', '\n*not bold*\n', ['pre']],
  ['&gt; quoted\nnot', 'quoted\nnot', ['quote']],
  ['&gt;&gt;&gt;all\nof it', 'all\nof it', ['quote']],
  [':fox_face: at 12:30:45', ':fox_face: at 12:30:45', ['emoji']],
  ['see https://example.com/a', 'see https://example.com/a', ['link']],
  ['<https://example.com|here>', 'here', ['link']],
  ['<@U1> in <#C1>', '@ada in #general', ['user', 'channel']],
  ['snake_case_name 5 * 3 * 2 a*b*c', 'snake_case_name 5 * 3 * 2 a*b*c', []],
  ['* not bold*', '* not bold*', []],
  ['*not\nbold*', '*not\nbold*', []],
  ['**double**', '**double**', []],
  ['&lt;!channel&gt; &amp;lt;', '<!channel> &lt;', []],
  ['<not a link>', '<not a link>', []],
  ['- no list', '- no list', []],
  ['*\u200bbroken*\u200b _\u2060broken_ :\u200bfox: `\u200bx`', '*broken* _broken_ :fox: `x`', []],
  ['\u200b&gt; no quote', '> no quote', []],
];

test.each(shown)('mrkdwn %j reads %j', (source, text, kinds) => {
  const rendered = renderMrkdwn(source, names);
  expect(rendered.text).toBe(text);
  expect(rendered.markup.map(({ kind }) => kind)).toEqual(kinds);
});

test('tells who is pinged, in code too, and nobody by escaped text', () => {
  expect(renderMrkdwn('<!channel> <!here|x> `<@U1>` <!subteam^S1|@team>', names).pings).toEqual([
    'user:U1',
    'channel',
    'here',
    'group:S1',
  ]);
  expect(renderMrkdwn('&lt;!channel&gt; &lt;@U1&gt; @channel #general', names)).toMatchObject({
    pings: [],
    markup: [],
  });
  expect(renderPlain('<!channel> <@U1> *x* :fox: https://example.com').markup).toEqual([
    { kind: 'emoji', text: ':fox:' },
  ]);
});

test('links bare names where Slack looks for them', () => {
  const rendered = renderMrkdwn('@here #general #nowhere', names, { linkNames: true });
  expect(rendered).toMatchObject({ text: '@here #general #nowhere', pings: ['here'] });
  expect(rendered.markup.map(({ kind }) => kind)).toEqual(['broadcast', 'channel']);
  expect(renderMrkdwn('https://example.com', names, { automatic: false }).markup).toEqual([]);
});

const standard: [source: string, text: string, kinds: string[]][] = [
  ['# Title\n\n- one\n2. two', 'Title\n\n• one\n• two', ['heading', 'list', 'list']],
  [
    '**bold** *italic* __bold__ _italic_ ~~gone~~',
    'bold italic bold italic gone',
    ['bold', 'bold', 'strike', 'italic', 'italic'],
  ],
  ['`a*b*` and\n```ts\n**x**\n```', 'a*b* and\n**x**\n', ['pre', 'code']],
  ['[here](https://example.com) ![fox](https://example.com/f.png)', 'here fox', ['link', 'image']],
  ['> quoted', 'quoted', ['quote']],
  ['\\*typed\\* \\_text\\_ \\# \\`x\\`', '*typed* _text_ # `x`', []],
  ['2 * 3 * 4 snake_case_name', '2 * 3 * 4 snake_case_name', []],
];

test.each(standard)('markdown %j reads %j', (source, text, kinds) => {
  const rendered = renderMarkdown(source, names);
  expect(rendered.text).toBe(text);
  expect(rendered.markup.map(({ kind }) => kind)).toEqual(kinds);
});

test('mentions in markdown ping too', () => {
  expect(renderMarkdown('hi <@U1> <!here>', names)).toMatchObject({
    text: 'hi @ada @here',
    pings: ['user:U1', 'here'],
  });
});
