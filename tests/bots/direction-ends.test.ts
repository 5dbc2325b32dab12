import { expect, test } from 'vitest';
import { directionEnds } from '#bots/direction-ends.ts';

test.each([
  ['plain text', 'a fox', ''],
  ['an override', 'fox \u202egnp.exe', '\u202c'],
  ['one that is closed', 'fox \u202egnp.exe\u202c end', ''],
  ['an isolate', '\u2066a', '\u2069'],
  ['several, innermost first', '\u202e\u2067\u202a', '\u202c\u2069\u202c'],
  ['an isolate that closes what is open in it', '\u2067\u202a\u2069', ''],
  ['an embedding that an isolate hides from its end', '\u202a\u2067\u202c', '\u2069\u202c'],
  ['ends of nothing', '\u202c\u2069', ''],
  ['one that the next line ends', '\u202ea\nb', ''],
  ['one of the last line', 'plain\n\u202egnp', '\u202c'],
])('directions that typed text leaves open are closed: %s', (_, typed, ends) => {
  expect(directionEnds(typed)).toBe(ends);
});
