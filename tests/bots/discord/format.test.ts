import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsMessage, quote } from '#bots/discord/format.ts';
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

  test('gets what ends the directions that it opens', () => {
    expect(quote('\u2066a\u202eb')).toBe('\u2066a\u202eb\u202c\u2069');
  });
});

test('counts UTF-16 units of all displays together, and bytes where Discord does', () => {
  expect(fitsMessage(['a'.repeat(3999), 'b'], 4000)).toBe(true);
  expect(fitsMessage(['a'.repeat(3999), 'bb'], 4000)).toBe(false);
  expect(fitsMessage(['🦊'.repeat(2000)], 4000)).toBe(true);
  expect(fitsMessage(['🦊'.repeat(2001)], 4000)).toBe(false);
  expect(fitsMessage(['狐'.repeat(4000)], 4000)).toBe(false);
});
