import { describe, expect, it } from 'vitest';
import { resample } from '#media/resample.ts';

/** The formula itself, at one place of one row. */
function lanczosOf(row: readonly number[], at: number): number {
  const weightAt = (x: number) => {
    if (x === 0) return 1;
    if (Math.abs(x) >= 3) return 0;
    return (Math.sin(Math.PI * x) / (Math.PI * x)) * (Math.sin((Math.PI * x) / 3) / ((Math.PI * x) / 3));
  };
  const first = Math.floor(at) - 2;
  const used = [0, 1, 2, 3, 4, 5].map((step) => first + step);
  const sampleAt = (x: number) => row[Math.min(row.length - 1, Math.max(0, x))] ?? 0;
  const sum = used.reduce((total, x) => total + weightAt(at - x) * sampleAt(x), 0);
  return sum / used.reduce((total, x) => total + weightAt(at - x), 0);
}

const grey = (values: readonly number[]) => Uint8Array.from(values.flatMap((value) => [value, value, value]));
const row = [100, 100, 100, 180, 40, 100, 100, 120, 100, 100];

describe.each([2, 4])('%i times as large', (factor) => {
  const width = row.length * factor;
  const expected = Array.from({ length: width }, (_, x) => Math.round(lanczosOf(row, (x + 0.5) / factor - 0.5)));

  it('is Lanczos-3 across, with its second lobes', () => {
    const source = { data: grey(row), width: row.length, height: 1, channels: 3 as const };
    const { data, ...shape } = resample(source, { width, height: 1 });
    expect(shape).toEqual({ width, height: 1, channels: 3 });
    expect([...data]).toEqual([...grey(expected)]);
  });

  it('is the same down', () => {
    const source = { data: grey(row), width: 1, height: row.length, channels: 3 as const };
    const { data } = resample(source, { width: 1, height: width });
    expect([...data]).toEqual([...grey(expected)]);
  });
});

it('keeps an even colour even, to its edges, and what is wholly seen or unseen so', () => {
  const source = { data: Uint8Array.from([9, 99, 199, 255].concat([9, 99, 199, 255])), width: 2, height: 1 };
  const { data } = resample({ ...source, channels: 4 }, { width: 6, height: 3 });
  expect([...data]).toEqual(Array.from({ length: 18 }, () => [9, 99, 199, 255]).flat());
  const unseen = resample({ data: new Uint8Array(16), width: 2, height: 2, channels: 4 }, { width: 4, height: 4 });
  expect([...unseen.data]).toEqual(Array(64).fill(0));
});

it('lets the colour of what is not seen not shine into what is', () => {
  const data = Uint8Array.from(
    [...Array(4)].flatMap(() => [200, 0, 0, 255]).concat([...Array(4)].flatMap(() => [0, 255, 0, 0])),
  );
  const { data: large } = resample({ data, width: 8, height: 1, channels: 4 }, { width: 16, height: 1 });
  for (let at = 0; at < large.length; at += 4) {
    if ((large[at + 3] ?? 0) > 20) expect([large[at], large[at + 1], large[at + 2]]).toEqual([200, 0, 0]);
  }
});

it('refuses to make less of a picture', () => {
  const source = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 as const };
  expect(() => resample(source, { width: 1, height: 4 })).toThrow(RangeError);
});
