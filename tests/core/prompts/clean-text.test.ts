import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cleanText } from '#core/prompts/clean-text.ts';
import { anyCharacter } from '#tests/any-character.ts';

it.each([
  ['a\u0000b', 'a␀b'],
  ['bell\u0007 escape\u001b[31m', 'bell␇ escape␛[31m'],
  ['delete\u007f', 'delete␡'],
  ['c1 \u0085 control', 'c1 \ufffd control'],
  ['one\r\ntwo\rthree\nfour', 'one\ntwo\nthree\nfour'],
  ['tab\there', 'tab\there'],
  ['half a pair \ud83e', 'half a pair \ufffd'],
  ['<b>bold</b> @everyone `code` \u202ertl 🦊', '<b>bold</b> @everyone `code` \u202ertl 🦊'],
])('keeps %j as %j', (typed, kept) => {
  expect(cleanText(typed)).toBe(kept);
});

it('gives text that PostgreSQL and every chat can hold, and changes nothing the second time', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (typed) => {
      const kept = cleanText(typed);
      expect(kept.isWellFormed()).toBe(true);
      expect(kept.replace(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
      expect(cleanText(kept)).toBe(kept);
    }),
  );
});
