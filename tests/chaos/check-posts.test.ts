import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkPosts } from '#tests/chaos/check-posts.ts';
import { batchOf, evidenceOf, imageOf, gallery as ownGallery, roomWith } from '#tests/chaos/scenes.ts';

const bytes = new Uint8Array([1, 2, 3]);
const picture = createHash('sha256').update(bytes).digest('hex');
const batch = batchOf([imageOf({ picture })]);
const card = { text: 'batch0001 a fox\nBatch k7m2q4\nCredits 4', images: [], files: [] };
const gallery = { text: '1 picture', images: [bytes], files: [] };
const posts = (...shows: ('card' | 'pictures' | 'words')[]) => shows.map((one) => ({ callId: 'call', shows: one }));
const cut = evidenceOf({}, { cut: true });

describe('what a room shows', () => {
  it('is right with one card and every picture once', () => {
    expect(checkPosts(cut, [batch], roomWith([card, gallery]))).toEqual({ violations: [], duplicates: [] });
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
      shown: [card, gallery, { text: 'a', images: [], files: [] }, { text: 'a', images: [], files: [] }],
      made: [],
      evidence: cut,
    },
    {
      what: 'a picture of another batch',
      shown: [card, gallery, { text: '', images: [new Uint8Array([9])], files: [] }],
      made: [],
      evidence: cut,
    },
  ])('is wrong with $what', ({ shown, made, evidence }) => {
    expect(checkPosts(evidence, [batch], roomWith(shown, made)).violations).toHaveLength(1);
  });

  it('may have a picture twice where the call that showed it was cut, and says so', () => {
    const seen = checkPosts(cut, [batch], roomWith([card, gallery, gallery], posts('pictures')));
    expect(seen).toEqual({
      violations: [],
      duplicates: [{ platform: 'telegram', shows: 'pictures', excuses: ['cut'] }],
    });
  });

  const hidden = { ...batch, isPrivate: true };
  const again = { ...ownGallery, series: 1 };
  const followUp = { at: 0, taken: true, heard: 0, tries: 1, numbers: [1], blobs: [`workspace/${picture}`] };
  const gone = batchOf([imageOf({ picture: null, isDeleted: true })]);

  it('is right with a private batch alone with the app, and in the room once it was shared', () => {
    const direct = [card, gallery];
    expect(checkPosts(cut, [hidden], roomWith([], [], { direct })).violations).toEqual([]);
    const shared = { ...hidden, shows: [ownGallery, { ...again, shared: true }] };
    expect(checkPosts(cut, [shared], roomWith([gallery], [], { direct })).violations).toEqual([]);
  });

  it('is right with a picture once more where somebody asked to see it, a zip, and no deleted one', () => {
    const zip = { text: 'All', images: [], files: [{ name: 'easel-k7m2q4.zip', bytes }] };
    const shown = {
      ...batch,
      shows: [ownGallery, { ...again, numbers: [1] }, { ...ownGallery, kind: 'zip' as const }],
    };
    expect(checkPosts(cut, [shown], roomWith([card, gallery, gallery, zip])).violations).toEqual([]);
    expect(checkPosts(cut, [gone], roomWith([card], [], { followUp })).violations).toEqual([]);
  });

  it.each([
    { what: 'a private picture for everybody', batches: [hidden], shown: [gallery], direct: [card, gallery] },
    { what: 'a private card for everybody', batches: [hidden], shown: [card], direct: [card, gallery] },
    { what: "another one's picture alone with the app", batches: [batch], shown: [card, gallery], direct: [gallery] },
    { what: 'a deleted picture', batches: [gone], shown: [card, gallery], direct: [] },
    {
      what: 'no zip though it is owed',
      batches: [{ ...batch, shows: [ownGallery, { ...ownGallery, kind: 'zip' as const }] }],
      shown: [card, gallery],
      direct: [],
    },
    {
      what: 'a picture not again though somebody asked to see it',
      batches: [{ ...batch, shows: [ownGallery, again] }],
      shown: [card, gallery],
      direct: [],
    },
  ])('is wrong with $what', ({ batches, shown, direct }) => {
    expect(checkPosts(evidenceOf({}), batches, roomWith(shown, [], { direct, followUp })).violations).toHaveLength(1);
  });
});
