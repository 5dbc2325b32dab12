import fc from 'fast-check';
import { afterAll, expect } from 'vitest';

/** Inputs over all targets together; `npm run fuzz` asks for a million. */
export const fuzzRuns = Number(process.env.FUZZ_RUNS ?? 4_000);
/** More than any input may leave behind, however many there were. */
const heapBytesMax = 600 * 1024 * 1024;

/** How many of them one target gets, and how long it may take in milliseconds: some thousandths of a second each, as a busy machine is slow, not wrong. */
export const share = (part: number) => ({
  numRuns: Math.max(50, Math.round(fuzzRuns * part)),
  timeoutMs: 60_000 + fuzzRuns * part * 20,
});

let inputs = 0;
export const count = () => {
  inputs += 1;
};

/** Call once in a file: what was tried is told, and memory is bounded. */
export function boundMemory(): void {
  afterAll(() => {
    globalThis.gc?.();
    const { heapUsed } = process.memoryUsage();
    console.info(`fuzz: ${inputs} inputs, heap ${Math.round(heapUsed / 1024 / 1024)} MB`);
    expect(heapUsed).toBeLessThan(heapBytesMax);
  });
}

/** Text of all kinds, with what the languages that are read here are made of. */
export const text = (words: readonly string[] = []) =>
  fc
    .array(
      fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom('--', '-', '—', '{', '}', '[', ']', '(', ')', '|', ',', '"', "'", '“', '&&'),
        },
        {
          weight: 2,
          arbitrary: fc.constantFrom(' ', '\n', '\r\n', '\t', '\0', '\u2028', '\ufeff', '\u202e', '\ud800', '\u200d'),
        },
        {
          weight: 4,
          arbitrary: fc.constantFrom(
            'n',
            'ar',
            '16:9',
            'seed',
            '1e999',
            '-1',
            '99999999999999999999',
            'on',
            'x',
            ...words,
          ),
        },
        { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
        { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''));

/** The value with some of it replaced by something else: what a sender with the right key and wrong ideas would send. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.constantFrom(null, undefined, true, 0, -1, 2 ** 53, Number.MAX_VALUE, '', '__proto__', [], {}),
    text(),
    fc.jsonValue({ maxDepth: 2 }),
  );
  return fc
    .infiniteStream(fc.tuple(fc.nat(11), anything))
    .map((stream) => replaceSome(value, () => stream.next().value));
}

function replaceSome(value: unknown, next: () => [number, unknown]): unknown {
  const [dice, other] = next();
  if (dice === 0) return other;
  if (Array.isArray(value)) return value.map((item) => replaceSome(item, next));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (dice === 1 ? [] : [[key, replaceSome(inner, next)]])),
  );
}
