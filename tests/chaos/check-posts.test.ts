import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkPosts } from '#tests/chaos/check-posts.ts';
import { batchOf, evidenceOf, imageOf, roomWith } from '#tests/chaos/scenes.ts';

const bytes = new Uint8Array([1, 2, 3]);
const picture = createHash('sha256').update(bytes).digest('hex');
const batch = batchOf([imageOf({ picture })]);
const card = { text: 'batch0001 a fox\nBatch k7m2q4\nCredits 4', images: [] };
const gallery = { text: '1 picture', images: [bytes] };
const posts = (...shows: ('card' | 'pictures' | 'words')[]) => shows.map((one) => ({ callId: 'call', shows: one }));
const cut = evidenceOf({}, { cut: true });

describe('what a room shows', () => {
  it('is right with one card and every picture once', () => {
    expect(checkPosts(cut, batch, roomWith([card, gallery]))).toEqual({ violations: [], duplicates: [] });
  });

  it.each([
    {
      what: 'a picture twice without an excuse',
      shown: [card, gallery, gallery],
      made: posts('pictures', 'pictures'),
      evidence: evidenceOf({}),
    },
    {
      what: 'a picture twice with the excuse of a card',
      shown: [card, gallery, gallery],
      made: posts('card'),
      evidence: cut,
    },
    {
      what: 'a picture three times with one excuse',
      shown: [card, gallery, gallery, gallery],
      made: posts('pictures'),
      evidence: cut,
    },
    { what: 'no picture', shown: [card], made: [], evidence: cut },
    { what: 'no card', shown: [gallery], made: [], evidence: cut },
    { what: 'two cards', shown: [card, card, gallery], made: [], evidence: cut },
    {
      what: 'the same words twice',
      shown: [card, gallery, { text: 'a', images: [] }, { text: 'a', images: [] }],
      made: [],
      evidence: cut,
    },
    {
      what: 'a picture of another batch',
      shown: [card, gallery, { text: '', images: [new Uint8Array([9])] }],
      made: [],
      evidence: cut,
    },
  ])('is wrong with $what', ({ shown, made, evidence }) => {
    expect(checkPosts(evidence, batch, roomWith(shown, made)).violations).toHaveLength(1);
  });

  it('may have a picture twice where the call that showed it was cut, and says so', () => {
    const seen = checkPosts(cut, batch, roomWith([card, gallery, gallery], posts('pictures')));
    expect(seen).toEqual({
      violations: [],
      duplicates: [{ platform: 'telegram', shows: 'pictures', excuses: ['cut'] }],
    });
  });
});
