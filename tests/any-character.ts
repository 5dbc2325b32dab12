import fc from 'fast-check';

/** Half surrogates stand for no character. */
const surrogates = { first: 0xd800, count: 0x800 };

/** Every character that Unicode has room for: `fc.string({ unit: 'binary' })`, which takes seconds to set up, without its table. */
export const anyCharacter: fc.Arbitrary<string> = fc.integer({ min: 0, max: 0x10ffff - surrogates.count }).map(
  (index) => String.fromCodePoint(index < surrogates.first ? index : index + surrogates.count),
  (character) => {
    if (typeof character !== 'string' || [...character].length !== 1) throw new Error('not a character');
    const point = character.codePointAt(0) ?? 0;
    return point < surrogates.first ? point : point - surrogates.count;
  },
);
