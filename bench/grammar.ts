import { imagine } from '#core/commands/imagine.ts';
import { readOptions } from '#core/commands/read-options.ts';
import { summarize } from './figures.ts';

const runs = 500;
const vocabulary = { models: ['sketch'], qualities: [], locales: ['en'], commands: ['imagine'] };
const animals = Array.from({ length: 500 }, (_, index) => `a fox number ${index} in snow`);

const typed: Readonly<Record<string, string>> = {
  alternatives:
    'a {red, blue, {light, dark} green, white, {old, young} grey, {big, small} black} fox {1..50} in snow --ar 16:9',
  range: '{1..500}',
  lines: animals.join('\n'),
  tooMany: '{1..10}'.repeat(12),
};

/** Reading a request of 500 pictures, from what was typed to every prompt with its own values and the line it is printed as. */
export async function run(): Promise<object[]> {
  const timed = Object.entries(typed).map(([name, text]) => [name, time(() => read(text))] as const);
  return [
    {
      bench: 'grammar',
      runs,
      ms: Object.fromEntries(timed),
      // What any reader does: each prompt a text of its own.
      limit: { splitAndTrim: time(() => typed.lines?.split('\n').map((line) => ({ text: line.trim() }))) },
    },
  ];
}

function read(text: string): void {
  try {
    readOptions(imagine, text, vocabulary);
  } catch (error) {
    if (!(error instanceof Error && error.message === 'prompt.tooMany')) throw error;
  }
}

function time(work: () => unknown): { p50Ms: number; p99Ms: number } {
  const times = Array.from({ length: runs }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  const { p50Ms, p99Ms } = summarize(times);
  return { p50Ms, p99Ms };
}
