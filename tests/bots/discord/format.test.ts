import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clip, cutText, directionEnds, fitsMessage, quote } from '#bots/discord/format.ts';
import { typedTexts } from '#tests/contracts/typed-texts.ts';
import { readMarkup } from '#tests/servers/discord-markup.ts';

const nobody = { user: () => undefined, role: () => undefined, channel: () => undefined };

/** Pieces of Discord's markup, to be thrown together. */
const markup = fc.constantFrom(
  ...['**', '*', '_', '__', '~~', '||', '`', '```', '\\', '> ', '>>> ', '# ', '### ', '-# ', '- ', '+ ', '1. ', '12. '],
  ...[
    '[a](https://x.org)',
    'https://x.org/a_b',
    '<https://x.org>',
    '<@1>',
    '<@&2>',
    '<#3>',
    '<:fox:4>',
    ':fox:',
    ':+1:',
  ],
  ...['<t:1700000000:R>', '@everyone', '@here', '</imagine:5>', '<id:browse>', '¯\\_(ツ)_/¯', 'a@b.c', '<+1 555-1234>'],
  ...['\n', ' ', 'word', '12:30', '#', '(', ')', '🦊', '狐狸', '!', '&lt;', '\t'],
);
const typedMarkup = fc.array(markup, { maxLength: 12 }).map((pieces) => pieces.join(''));

describe('typed text', () => {
  test.each(Object.entries(typedTexts))('%s is shown as typed, with nothing drawn', (_, typed) => {
    expect(readMarkup(quote(typed), nobody)).toEqual({ text: typed, markup: [], autolinks: [] });
  });

  test('of any markup thrown together is shown as typed, alone and inside our own words', () => {
    fc.assert(
      fc.property(typedMarkup, (typed) => {
        expect(readMarkup(quote(typed), nobody)).toEqual({ text: typed, markup: [], autolinks: [] });
        const inside = readMarkup(`**${quote(`x${typed}x`)}**: “${quote(typed)}”`, nobody);
        expect(inside).toEqual({ text: `x${typed}x: “${typed}”`, markup: ['bold'], autolinks: [] });
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['nothing open', 'plain \u202eabc\u202c', ''],
    ['an override', '\u202eabc', '\u202c'],
    ['an isolate', '\u2067abc', '\u2069'],
    ['an override inside an isolate', '\u2066a\u202eb', '\u202c\u2069'],
    ['an isolate that closes what is open in it', '\u2066a\u202eb\u2069', ''],
    ['a close too many', 'a\u202cb\u2069', ''],
    ['an override of a line that ended', '\u202eabc\ndef', ''],
  ])('with %s gets what ends it', (_, typed, ends) => {
    expect(directionEnds(typed)).toBe(ends);
    expect(quote(typed)).toBe(typed + ends);
  });
});

describe('cutting', () => {
  const within = (max: number) => (piece: string) => piece.length <= max;

  test.each([
    ['fits', 'short', 10, ['short']],
    ['has a line to end with', 'one\ntwo three', 9, ['one\n', 'two three']],
    ['has a word to end with', 'one two three', 9, ['one two ', 'three']],
    ['is one long word', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['would be cut inside a family', 'ab👩‍👩‍👧‍👦cd', 8, ['ab', '👩‍👩‍👧‍👦'.slice(0, 8), '👩‍👩‍👧‍👦cd'.slice(8)]],
    ['would be cut inside a fox', 'abc🦊', 4, ['abc', '🦊']],
  ])('a text that %s', (_, text, max, pieces) => {
    expect(cutText(text, within(max))).toEqual(pieces);
  });

  test('loses nothing, and every piece fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 30, max: 60 }), (text, max) => {
        const pieces = cutText(text, (piece) => quote(piece).length <= max);
        expect(pieces.join('')).toBe(text);
        expect(pieces.every((piece) => quote(piece).length <= max)).toBe(true);
      }),
    );
  });

  test('counts UTF-16 units of all displays together, and bytes where Discord does', () => {
    expect(fitsMessage(['a'.repeat(3999), 'b'], 4000)).toBe(true);
    expect(fitsMessage(['a'.repeat(3999), 'bb'], 4000)).toBe(false);
    expect(fitsMessage(['🦊'.repeat(2000)], 4000)).toBe(true);
    expect(fitsMessage(['🦊'.repeat(2001)], 4000)).toBe(false);
    expect(fitsMessage(['狐'.repeat(4000)], 4000)).toBe(false);
  });

  test('clips a label between two characters', () => {
    expect(clip('abcdef', 6)).toBe('abcdef');
    expect(clip('abcdefg', 6)).toBe('abcde…');
    expect(clip('abcd🦊fg', 6)).toBe('abcd…');
  });
});
