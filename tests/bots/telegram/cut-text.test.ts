import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clipText, cutText } from '#bots/telegram/cut-text.ts';

test.each([
  ['what fits', 'a fox', 10, ['a fox']],
  ['after a line', 'one two\nthree four five', 12, ['one two\n', 'three four ', 'five']],
  ['after a word', 'one two three', 9, ['one two ', 'three']],
  ['between characters where a word would leave little', 'a 狐狸在雪地裡奔跑', 6, ['a 狐狸在雪', '地裡奔跑']],
  ['never inside a character', '🇹🇼🇹🇼🇹🇼', 6, ['🇹🇼', '🇹🇼', '🇹🇼']],
  ['never inside a family', 'ab👩‍👩‍👧‍👦', 12, ['ab', '👩‍👩‍👧‍👦']],
])('cuts %s', (_, text, max, pieces) => {
  expect(cutText(text, max)).toEqual(pieces);
});

test('loses nothing, keeps to the length and leaves no character in halves', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 40, max: 80 }), (text, max) => {
      const pieces = cutText(text, max);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(max);
        expect(piece.isWellFormed()).toBe(true);
      }
    }),
  );
});

test('breaks a character that is longer than a message, rather than to go on for ever', () => {
  const monster = `a${'\u0301'.repeat(99)}`;
  expect(cutText(monster, 40).join('')).toBe(monster);
});

test.each([
  ['a fox', 5, 'a fox'],
  ['a fox!', 5, 'a fo…'],
  ['fox🦊🦊', 6, 'fox🦊…'],
  ['fo👩‍👩‍👧‍👦x', 8, 'fo…'],
])('clips %s to %i', (text, max, clipped) => {
  expect(clipText(text, max)).toBe(clipped);
});
