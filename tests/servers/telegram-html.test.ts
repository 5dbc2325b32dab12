import { expect, test } from 'vitest';
import { findAutolinks, textOf } from '#tests/servers/telegram-autolinks.ts';
import { parseHtml } from '#tests/servers/telegram-html.ts';

test.each([
  ['a <b>bold <i>both</i></b>', 'a bold both', ['bold:bold both', 'italic:both']],
  [
    '<strong>a</strong><em>b</em><ins>c</ins><del>d</del>',
    'abcd',
    ['bold:a', 'italic:b', 'underline:c', 'strikethrough:d'],
  ],
  ['<tg-spoiler>x</tg-spoiler><span class="tg-spoiler">y</span>', 'xy', ['spoiler:x', 'spoiler:y']],
  ['<blockquote expandable>q</blockquote>', 'q', ['expandable_blockquote:q']],
  ['<pre><code class="language-ts">let a</code></pre>', 'let a', ['pre:let a']],
  ['<pre>a</pre> <code class="language-ts">b</code>', 'a b', ['pre:a', 'code:b']],
  ['&lt;b&gt; &amp;amp; &quot;&#x1F98A;&#33; &nbsp; & &ge;', '<b> &amp; "🦊! &nbsp; & &ge;', []],
  ['&lt no semicolon', '< no semicolon', []],
  ['<a href="https://example.com/?a=1&amp;b=2">x</a>', 'x', ['text_link:x']],
  ['<a href="tg://user?id=42">Ada</a>', 'Ada', ['text_mention:Ada']],
  ['<a href="not a link">x</a><a>y</a>', 'xy', []],
  ['<b></b>', '', []],
  ['<B>x</b   >', 'x', ['bold:x']],
])('reads %s', (html, text, spans) => {
  const parsed = parseHtml(html);
  expect(parsed.text).toBe(text);
  expect(parsed.entities.map((entity) => `${entity.type}:${textOf(parsed, entity)}`)).toEqual(spans);
});

test('keeps the language of a code block and the address of a link', () => {
  expect(parseHtml('<pre><code class="language-ts">a</code></pre>').entities).toMatchObject([{ language: 'ts' }]);
  expect(parseHtml('<a href="example.com">a</a>').entities).toMatchObject([{ url: 'http://example.com/' }]);
});

test.each([
  ['é <x>', 'Unsupported start tag "x" at byte offset 3'],
  ['1 < 2', 'Unsupported start tag "" at byte offset 2'],
  ['1 <2', 'Unclosed start tag at byte offset 2'],
  ['a <3 b> c', 'Unsupported start tag "3" at byte offset 2'],
  ['<b>a', `Can't find end tag corresponding to start tag "b"`],
  ['a</b>', 'Unexpected end tag at byte offset 1'],
  ['<b>a</i>', 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
  ['<b>a</b', 'Unclosed end tag at byte offset 4'],
  ['<b', 'Unclosed start tag at byte offset 0'],
  ['<br>', 'Unsupported start tag "br" at byte offset 0'],
  ['<span class="x">a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
  ['<a href=x&y>a</a>', 'Unexpected end of name token at byte offset 8'],
  ['<a href="x>a</a>', 'Unclosed start tag at byte offset 0'],
  ['<i =x>a</i>', 'Empty attribute name in the tag "i" at byte offset 0'],
  [
    '&#xDFDF;',
    'Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units',
  ],
])('refuses %s', (html, problem) => {
  expect(() => parseHtml(html)).toThrow(problem);
});

test.each([
  [
    'ask @ada_l about #foxes, /imagine@bot and $TON',
    ['mention:@ada_l', 'hashtag:#foxes', 'bot_command:/imagine@bot', 'cashtag:$TON'],
  ],
  [
    'see https://example.com/a?b=c. or example.org, mail me@example.com',
    ['url:https://example.com/a?b=c', 'url:example.org', 'email:me@example.com'],
  ],
  ['README.md and photo.png at 10.0.0.1', ['url:README.md', 'url:10.0.0.1']],
  ['a@ b#c 1/2 and/or #1 @ab', []],
])('Telegram finds links in %s', (text, links) => {
  const content = { text, entities: [] };
  expect(findAutolinks(content).map((entity) => `${entity.type}:${textOf(content, entity)}`)).toEqual(links);
});

test('nothing is found inside code and links', () => {
  expect(findAutolinks(parseHtml('<code>@ada_l /imagine</code> <a href="https://a.example">b.example #c</a>'))).toEqual(
    [],
  );
});
