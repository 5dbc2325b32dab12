import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { containDirections, cutText, escapeText, shorten, unescapeText } from '#bots/slack/format.ts';

test('escapes what Slack reads, and nothing else, so that it reads back as it was', () => {
  expect(escapeText(`<!channel> & "x" 'y' *b* &lt;`)).toBe(`&lt;!channel&gt; &amp; "x" 'y' *b* &amp;lt;`);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => unescapeText(escapeText(text)) === text));
});

describe('text directions', () => {
  it.each([
    ['nothing open', 'a fox', 'a fox'],
    ['an override left open', 'fox \u202egnp', 'fox \u202egnp\u202c'],
    ['an override that is closed', 'fox \u202egnp\u202c end', 'fox \u202egnp\u202c end'],
    ['two open, the inner one first', '\u202a\u2067x', '\u202a\u2067x\u2069\u202c'],
    ['an isolate closed over an override', '\u2066\u202ex\u2069y', '\u2066\u202ex\u2069y'],
    ['a stray end', 'x\u202c\u2069', 'x\u202c\u2069'],
    ['ended by a new line', 'fox \u202egnp\nplain', 'fox \u202egnp\nplain'],
    ['opened on the last line', 'plain\n\u202egnp', 'plain\n\u202egnp\u202c'],
  ])('%s', (_, typed, contained) => {
    expect(containDirections(typed)).toBe(contained);
  });
});

describe('shortening', () => {
  it.each([
    ['fits', 'a fox', 5, 'a fox'],
    ['is cut at a character', 'a red fox', 6, 'a red…'],
    ['keeps a family together', 'ab👩‍👩‍👧‍👦cd', 6, 'ab…'],
    ['leaves nothing of what does not fit', '👩‍👩‍👧‍👦', 5, '…'],
  ])('%s', (_, text, max, shown) => {
    expect(shorten(text, max)).toBe(shown);
  });

  it('counts what is sent, and cuts no entity', () => {
    expect(shorten('a & b & c', 9, escapeText)).toBe('a &amp; …');
    expect(shorten('a & b', 9, escapeText)).toBe('a &amp; b');
  });
});

describe('cutting', () => {
  it.each([
    ['nothing', '', 5, ['']],
    ['what fits', 'a fox', 5, ['a fox']],
    ['after a line', 'one two\nthree', 10, ['one two\n', 'three']],
    ['after a word', 'one two three', 8, ['one two ', 'three']],
    ['inside a long word', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['between characters', 'abc👍🏽d', 6, ['abc', '👍🏽d']],
  ])('%s', (_, text, max, pieces) => {
    expect(cutText(text, max)).toEqual(pieces);
  });

  it('loses nothing, and no piece is too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, max) => {
        const pieces = cutText(text, max);
        return pieces.join('') === text && pieces.every((piece) => piece.length <= max);
      }),
    );
  });
});
