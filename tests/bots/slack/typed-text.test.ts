import { describe, expect, it } from 'vitest';
import { readMentions, readTyped, unnamedIn, withoutMention } from '#bots/slack/typed-text.ts';

const names = new Map([
  ['U1', 'ada'],
  ['C1', 'general'],
  ['S2', 'designers'],
]);

describe('what Slack sends is read as it was typed', () => {
  it.each([
    ['&lt;b&gt; &amp;amp; &amp;lt;', '<b> &amp; &lt;'],
    ['<@U1|ada> and <@U1> and <@U9>', '@ada and @ada and @U9'],
    ['<#C1|general> and <#C1|> and <#C1>', '#general and #general and #general'],
    ['<!here> <!channel> <!everyone> <!subteam^S1|@team> <!subteam^S1>', '@here @channel @everyone @team @subteam'],
    ['<https://a.example/?x=1&amp;y=2> <http://b.example|b.example>', 'https://a.example/?x=1&y=2 b.example'],
    ['<mailto:ada@a.example|ada@a.example>', 'ada@a.example'],
    ['&lt;!channel&gt; &lt;@U1&gt;', '<!channel> <@U1>'],
    ['two\nlines  and *markup* `as is`', 'two\nlines  and *markup* `as is`'],
  ])('%s', (sent, typed) => {
    expect(readTyped(sent, names)).toBe(typed);
  });
});

it('says whom and what a text names, as it is typed there', () => {
  const sent =
    '<@U1|ada &amp; co> <@U9> <#C1> <!subteam^S1|@team> <!subteam^S2> <!here> <https://a.example> &lt;@U3&gt;';
  const { mentions = [] } = readMentions(sent, names);
  expect(mentions).toEqual([
    { typed: '@ada & co', kind: 'account', platformId: 'U1', name: 'ada & co' },
    { typed: '@U9', kind: 'account', platformId: 'U9', name: 'U9' },
    { typed: '#general', kind: 'channel', platformId: 'C1', name: 'general' },
    { typed: '@team', kind: 'role', platformId: 'S1', name: 'team' },
    { typed: '@designers', kind: 'role', platformId: 'S2', name: 'designers' },
  ]);
  for (const { typed } of mentions) expect(readTyped(sent, names)).toContain(typed);
  expect(readMentions('a fox', names)).toEqual({});
});

it('knows what has no name in a text', () => {
  expect(unnamedIn('<@U1> <@U1> <@U2|bo> <#C1|> <#C2|x> <!subteam^S1> <!here> &lt;@U3&gt;')).toEqual({
    users: ['U1'],
    channels: ['C1'],
    groups: ['S1'],
  });
});

describe('the mention of the bot is left out', () => {
  it.each([
    ['<@UBOT> a fox', 'a fox'],
    ['<@UBOT>, a fox', 'a fox'],
    ['<@UBOT|easel>: a fox', 'a fox'],
    ['  <@UBOT>\na fox\n  in snow', 'a fox\n  in snow'],
    ['a fox <@UBOT>', 'a fox'],
    ['paint <@UBOT> a fox', 'paint a fox'],
    ['<@UBOT>', ''],
    ['<@UADA> a fox', '<@UADA> a fox'],
    ['a fox', 'a fox'],
  ])('%j', (text, left) => {
    expect(withoutMention(text, 'UBOT')).toBe(left);
  });

  it('and where nobody said who the bot is, the one that the message begins with', () => {
    expect(withoutMention('<@UBOT> a fox for <@UADA>', undefined)).toBe('a fox for <@UADA>');
  });
});

it.each([')x', '[(', 'U1|U2', '.*', '\\\\'])('takes %j for the id of a bot, and for no pattern', (id) => {
  expect(withoutMention('<@U9> a fox', id)).toBe('<@U9> a fox');
  expect(withoutMention(`<@${id}> a fox`, id)).toBe('a fox');
});
