import { expect, test } from 'vitest';
import { keepTrying, waitAfter } from '#bots/telegram/keep-trying.ts';
import { DeliveryError } from '#core/ports/delivery.ts';

const waits = { firstMs: 1000, maxMs: 30_000 };
const never = new AbortController().signal;
const silent = { warn: () => undefined, error: () => undefined };

function failure(retryable: boolean, retryAfterMs?: number): DeliveryError {
  return new DeliveryError('network', 'out of reach', { retryable, retryAfterMs });
}

test.each([
  [1, undefined, 1000],
  [2, undefined, 2000],
  [5, undefined, 16_000],
  [6, undefined, 30_000],
  [99, undefined, 30_000],
  [1, 17_000, 17_000],
  [99, 90_000, 90_000],
  [99, 500, 30_000],
])('after %i failures, told to wait %s ms, it waits %i ms', (failures, retryAfterMs, waitMs) => {
  expect(waitAfter(failure(true, retryAfterMs), failures, waits)).toBe(waitMs);
});

test('tries until it works', async () => {
  let tries = 0;
  const attempt = async () => {
    tries += 1;
    if (tries < 4) throw failure(true);
    return 'there';
  };
  expect(await keepTrying(silent, 'it', { firstMs: 1, maxMs: 1 }, never, attempt)).toBe('there');
});

test('tries once what is refused for good, and not at all under a signal that has fired', async () => {
  let tries = 0;
  const attempt = async () => {
    tries += 1;
    throw failure(false);
  };
  expect(await keepTrying(silent, 'it', waits, never, attempt)).toBeUndefined();
  expect(await keepTrying(silent, 'it', waits, AbortSignal.abort(), attempt)).toBeUndefined();
  expect(tries).toBe(1);
});

test('ends its waiting when the signal fires', async () => {
  const stopping = new AbortController();
  const attempt = async () => {
    queueMicrotask(() => stopping.abort());
    throw failure(true, 1_000_000);
  };
  expect(await keepTrying(silent, 'it', waits, stopping.signal, attempt)).toBeUndefined();
});

test('does not hide a bug', async () => {
  const bug = new TypeError('x is undefined');
  await expect(keepTrying(silent, 'it', waits, never, () => Promise.reject(bug))).rejects.toBe(bug);
});
