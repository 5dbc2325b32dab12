import { expect, it } from 'vitest';
import { newBatchId, readBatchId } from '#core/batches/batch-id.ts';

it.each([
  ['k7m2q4', 'k7m2q4'],
  ['K7M2Q4', 'k7m2q4'],
  [' #k7m2q4 ', 'k7m2q4'],
  ['koil0O', 'k01100'],
  ['I1lL00', '111100'],
])('reads %j as %j, as Crockford does', (typed, id) => {
  expect(readBatchId(typed)).toBe(id);
});

it('makes six characters that read back as themselves', () => {
  const ids = Array.from({ length: 500 }, newBatchId);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{6}$/);
    expect(readBatchId(id)).toBe(id);
  }
  expect(new Set(ids.join(''))).toHaveLength(32);
});
