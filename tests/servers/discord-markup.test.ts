import { expect, test } from 'vitest';
import { findMentions, readMarkup } from '#tests/servers/discord-markup.ts';

const names = { user: () => 'ann', role: () => 'mods', channel: () => 'art' };

test.each<[string, string, string[]]>([
  ['a fox', 'a fox', []],
  ['a \\*red\\* \\_fox\\_', 'a *red* _fox_', []],
  [
    '**bold** *it* _it_ __u__ ~~s~~ ||sp||',
    'bold it it u s sp',
    ['bold', 'italic', 'underline', 'strikethrough', 'spoiler'],
  ],
  ['***both***', 'both', ['bold', 'italic']],
  ['snake_case_name', 'snake_case_name', []],
  ['2 * 3 * 4', '2 * 3 * 4', []],
  ['`a \\* **b**`', 'a \\* **b**', ['code']],
  ['``a ` b``', 'a ` b', ['code']],
  ['```js\nlet **a**\n```', 'let **a**', ['code block']],
  ['\\`a\\` **b**', '`a` b', ['bold']],
  ['# one\n## two\n#3 tags', 'one\ntwo\n#3 tags', ['heading']],
  ['-# small', 'small', ['subtext']],
  ['\\# one\n\\-# two', '# one\n-# two', []],
  ['> said\nnot', 'said\nnot', ['quote']],
  ['>>> all\nof it', 'all\nof it', ['quote']],
  ['1 > 0', '1 > 0', []],
  ['- a\n1. b\n-c', '• a\n1. b\n-c', ['list']],
  ['[fox](https://a.b/c)', 'fox', ['link']],
  ['[fox](not a link) \\[fox](https://a.b)', '[fox](not a link) [fox](https://a.b)', []],
  ['<@12> <@!12> <@&12> <#12>', '@ann @ann @mods #art', ['user mention', 'role mention', 'channel mention']],
  ['\\<@12> \\@everyone', '<@12> @everyone', []],
  ['@everyone @here', '@everyone @here', ['everyone mention', 'here mention']],
  [
    '<t:0:R> </imagine:1> <:fox:1> :fox:',
    '1970-01-01T00:00:00.000Z /imagine :fox: :fox:',
    ['timestamp', 'command mention', 'emoji'],
  ],
  ['12:30:45 \\:fox:', '12:30:45 :fox:', []],
  ['狐**狐**🦊', '狐狐🦊', ['bold']],
])('%j reads %j', (source, text, markup) => {
  expect(readMarkup(source, names)).toMatchObject({ text, markup });
});

test('a bare address stays as it is, and is known to be clickable', () => {
  expect(readMarkup('see https://a.b/c_d_e. and <https://f.g>', names)).toEqual({
    text: 'see https://a.b/c_d_e. and https://f.g',
    markup: [],
    autolinks: ['https://a.b/c_d_e', 'https://f.g'],
  });
});

test('mentions count even behind a backslash, but not in code', () => {
  expect(findMentions('\\<@12> `<@13>` ```<@14> @here``` <@&15> @everyone')).toEqual({
    users: ['12'],
    roles: ['15'],
    everyone: true,
    here: false,
  });
});
