import { expect, it, vi } from 'vitest';
import { pause } from '#bots/pause.ts';
import { settledWithin } from '#bots/settled-within.ts';

it('tells work that is done, or failed, from work that takes too long', async () => {
  expect(await settledWithin(Promise.resolve(), 60_000)).toBe(true);
  expect(await settledWithin(Promise.reject(new Error('no')), 60_000)).toBe(true);
  expect(await settledWithin(new Promise(() => undefined), 1)).toBe(false);
});

it('leaves no timer behind', async () => {
  vi.useFakeTimers();
  try {
    await settledWithin(Promise.resolve(), 60_000);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('a pause ends with its time, or as soon as its signal fires', async () => {
  await pause(1, new AbortController().signal);
  const stopping = new AbortController();
  const paused = pause(60_000, stopping.signal);
  stopping.abort();
  await paused;
  await pause(60_000, stopping.signal);
});
