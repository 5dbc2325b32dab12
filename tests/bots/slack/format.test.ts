import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeText, unescapeText } from '#bots/slack/format.ts';
import { anyCharacter } from '#tests/any-character.ts';

test('escapes what Slack reads, and nothing else, so that it reads back as it was', () => {
  expect(escapeText(`<!channel> & "x" 'y' *b* &lt;`)).toBe(`&lt;!channel&gt; &amp; "x" 'y' *b* &amp;lt;`);
  fc.assert(fc.property(fc.string({ unit: anyCharacter }), (text) => unescapeText(escapeText(text)) === text));
});
