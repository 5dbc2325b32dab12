import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutText, shorten } from '#bots/cut-text.ts';

const within = (max: number) => (piece: string) => piece.length <= max;

describe('cutting', () => {
  test.each([
    ['nothing', '', 5, ['']],
    ['what fits', 'a fox', 5, ['a fox']],
    ['after a line', 'one two\nthree four five', 12, ['one two\n', 'three four ', 'five']],
    ['after a word', 'one two three', 9, ['one two ', 'three']],
    ['between characters where a word would leave little', 'a 狐狸在雪地裡奔跑', 6, ['a 狐狸在雪', '地裡奔跑']],
    ['inside a long word', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['never inside a character', '🇹🇼🇹🇼🇹🇼', 6, ['🇹🇼', '🇹🇼', '🇹🇼']],
    ['never inside a family that fits', 'ab👩‍👩‍👧‍👦', 12, ['ab', '👩‍👩‍👧‍👦']],
    ['a family that fits nowhere', 'ab👩‍👩‍👧‍👦cd', 8, ['ab', '👩‍👩‍👧‍👦'.slice(0, 8), '👩‍👩‍👧‍👦cd'.slice(8)]],
  ])('%s', (_, text, max, pieces) => {
    expect(cutText(text, within(max))).toEqual(pieces);
  });

  test('loses nothing, keeps to what fits and leaves no character in halves', () => {
    const encode = (piece: string) => piece.replaceAll(/[&<>*]/g, '\\$&');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 40, max: 80 }), (text, max) => {
        const pieces = cutText(text, (piece) => encode(piece).length <= max);
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces) {
          expect(encode(piece).length).toBeLessThanOrEqual(max);
          expect(piece.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  test('breaks a character that is longer than a message, rather than to go on for ever', () => {
    const monster = `a${'\u0301'.repeat(99)}`;
    expect(cutText(monster, within(40)).join('')).toBe(monster);
  });
});

describe('shortening', () => {
  test.each([
    ['what fits', 'a fox', 5, 'a fox'],
    ['at a character', 'a red fox', 6, 'a red…'],
    ['behind a fox', 'fox🦊🦊', 6, 'fox🦊…'],
    ['before a family', 'fo👩‍👩‍👧‍👦x', 8, 'fo…'],
    ['to nothing', '👩‍👩‍👧‍👦', 5, '…'],
  ])('%s', (_, text, max, shown) => {
    expect(shorten(text, max)).toBe(shown);
  });

  test('counts what is sent, and cuts no entity', () => {
    const encode = (text: string) => text.replaceAll('&', '&amp;');
    expect(shorten('a & b & c', 9, encode)).toBe('a &amp; …');
    expect(shorten('a & b', 9, encode)).toBe('a &amp; b');
  });
});
