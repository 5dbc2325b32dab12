import { expect, it } from 'vitest';
import { shorten } from '#core/batches/shorten.ts';

it.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['🦊🦊🦊', 3, '🦊🦊🦊'],
  ['🦊🦊🦊🦊', 3, '🦊🦊…'],
])('cuts %j to %i characters without cutting one in half', (text, max, cut) => {
  expect(shorten(text, max)).toBe(cut);
});
