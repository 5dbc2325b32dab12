import { expect, it } from 'vitest';
import { promptChange } from '#core/batches/prompt-change.ts';

it.each([
  ['a red fox in snow', 'a blue fox in snow', { before: 'red', after: 'blue' }],
  ['a fox in snow', 'a fox in snow at night', { before: '', after: 'at night' }],
  ['a small red fox', 'a fox', { before: 'small red', after: '' }],
  ['a fox, ink', 'a fox, oil on wood', { before: 'ink', after: 'oil on wood' }],
  ['雪中的紅狐', '雪中的藍狐', { before: '紅', after: '藍' }],
  ['fox fox', 'fox fox fox', { before: '', after: 'fox' }],
  ['a red fox', 'owls over hills', undefined],
])('%s → %s', (before, after, change) => {
  expect(promptChange(before, after)).toEqual(change);
});
