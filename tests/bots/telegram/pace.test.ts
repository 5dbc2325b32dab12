import { expect, test } from 'vitest';
import { createPace } from '#bots/telegram/pace.ts';

test('lets three pass at once, then one at a time, in each chat by itself', () => {
  let now = 1_000_000;
  const pace = createPace(() => now);
  const takes = (count: number, chat = 'a') => Array.from({ length: count }, () => pace.take(chat, 1000));
  expect(takes(6)).toEqual([0, 0, 0, 1000, 2000, 3000]);
  expect(takes(1, 'b')).toEqual([0]);
  now += 3500;
  expect(takes(2)).toEqual([500, 1500]);
  now += 60_000;
  expect(takes(4)).toEqual([0, 0, 0, 1000]);
});
