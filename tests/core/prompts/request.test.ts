import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imagine } from '#core/commands/imagine.ts';
import { readOptions } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import {
  countImages,
  expandRequest,
  type FlagValues,
  printRequest,
  type Request,
  type RequestLine,
  readRequest,
} from '#core/prompts/request.ts';
import type { Piece, Template } from '#core/prompts/template.ts';
import { anyCharacter } from '#tests/any-character.ts';
import { refusal } from '#tests/core/refusal.ts';

const vocabulary = {
  models: ['gpt-image-1', 'sketch'],
  qualities: ['low', 'high'],
  locales: ['en'],
  commands: ['imagine'],
};
interface Read {
  lines: { text: string }[];
  line: string;
  said: string;
}
const read = (typed: string) => readOptions(imagine, typed, vocabulary).prompt as Read;
const texts = (typed: string) => read(typed).lines.map(({ text }) => text);

describe('what prompts stand for', () => {
  it.each([
    ['a {red, blue} fox', ['a red fox', 'a blue fox']],
    ['a {red, blue, {light, dark} green} fox', ['a red fox', 'a blue fox', 'a light green fox', 'a dark green fox']],
    ['{a,b} {1..3}', ['a 1', 'a 2', 'a 3', 'b 1', 'b 2', 'b 3']],
    ['{3..1}', ['3', '2', '1']],
    ['{0..1 step 0.25} grey', ['0 grey', '0.25 grey', '0.5 grey', '0.75 grey', '1 grey']],
    ['{-1..1}', ['-1', '0', '1']],
    ['{-0.5..-0.7 step 0.1}', ['-0.5', '-0.6', '-0.7']],
    ['{1..10 step 4}', ['1', '5', '9']],
    ['{7..7}', ['7']],
    ['a {, very} big fox', ['a big fox', 'a very big fox']],
    ['{one}', ['one']],
    ['{a..b}', ['a..b']],
    ['｛紅，藍｝狐狸', ['紅狐狸', '藍狐狸']],
    ['{紅狐、白狐}', ['紅狐、白狐']],
    ['a {red fox --n 2, cat}', ['a red fox --n 2', 'a cat']],
    [String.raw`a \{red, blue\} fox`, ['a {red, blue} fox']],
    [String.raw`{a\, b, c}`, ['a, b', 'c']],
    [String.raw`{1\..5}`, ['1..5']],
    [String.raw`a fox \--n 5`, ['a fox --n 5']],
    [String.raw`\# one`, ['# one']],
    [String.raw`¯\_(ツ)_/¯ \o/ C:\fox`, [String.raw`¯\_(ツ)_/¯ \o/ C:\fox`]],
    ['a fox && a cat', ['a fox', 'a cat']],
    [String.raw`salt \&& pepper`, ['salt && pepper']],
    ['salt&&pepper', ['salt&&pepper']],
    ['"a fox && a cat"', ['"a fox && a cat"']],
    ['# a comment\na fox\n  # another\na cat #1', ['a fox', 'a cat #1']],
    ['a fox --repeat 2', ['a fox', 'a fox']],
    ['a {red, blue} fox --repeat 2', ['a red fox', 'a blue fox', 'a red fox', 'a blue fox']],
    ['&& a fox && && a cat &&', ['a fox', 'a cat']],
  ])('%j', (typed, expected) => {
    expect(texts(typed)).toEqual(expected);
  });

  it.each([
    ['a fox --seed {1..3}', [{ seed: 1 }, { seed: 2 }, { seed: 3 }]],
    [
      'a fox --ar {1:1, 16:9} --seed {5,6}',
      [
        { ar: { width: 1, height: 1 }, seed: 5 },
        { ar: { width: 1, height: 1 }, seed: 6 },
        { ar: { width: 16, height: 9 }, seed: 5 },
        { ar: { width: 16, height: 9 }, seed: 6 },
      ],
    ],
    ['a fox --model {sketch, gpt-image-1}', [{ model: 'sketch' }, { model: 'gpt-image-1' }]],
    ['a fox --no "{hands, feet} and text"', [{ no: 'hands and text' }, { no: 'feet and text' }]],
    ['a fox --quality HIGH', [{ quality: 'high' }]],
    [
      'a fox --seed 7 --n 3 --repeat 2',
      [
        { seed: 7, n: 3 },
        { seed: 10, n: 3 },
      ],
    ],
    [
      'a fox --n 2 && a cat && --n 3 --no rain',
      [
        { text: 'a fox', n: 2, no: 'rain' },
        { text: 'a cat', n: 3, no: 'rain' },
      ],
    ],
  ])('%j gives each its own values', (typed, expected) => {
    expect(read(typed).lines).toHaveLength(expected.length);
    expect(read(typed).lines).toMatchObject(expected);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['a {red fox', 'braces.unclosed', { column: 3 }],
    ['a fox } here', 'braces.unopened', { column: 7 }],
    ['a {} fox', 'braces.empty', { column: 3 }],
    ['🦊🦊 {a, {b', 'braces.unclosed', { column: 8 }],
    ['{1..2 step 0}', 'braces.step', { column: 1 }],
    [`${'{'.repeat(30)}a`, 'braces.deep', { column: 21 }],
    ['a fox --sed 3', 'option.unknown', { column: 7 }],
    ['a fox\na cat --n 0', 'option.integer', { line: 2, column: 7 }],
    ['a fox --ar {1:1, 0:3}', 'option.ratio', { column: 7 }],
    ['a fox --seed {1..3', 'braces.unclosed', { column: 14 }],
    ['a fox --no="{a"', 'braces.unclosed', { column: 13 }],
    ['a fox --n {1..3}', 'option.integer', { column: 7 }],
    ['a fox --no ""', 'option.missingValue', { column: 7 }],
    ['a fox --quality best', 'option.choice', { column: 7 }],
    ['a fox --n', 'option.missingValue', { column: 7 }],
  ])('%j is refused as %s, with its place', (typed, code, place) => {
    expect(refusal(() => read(typed))).toMatchObject({ code, place });
  });

  it.each([
    ['{1..10}{1..10}{1..10}{1..10}{1..10}{1..10}{1..10}{1..10}{1..10}{1..10}{1..10}{1..10}', 10 ** 12],
    ['{1..999999999}', 999_999_999],
    ['{0..999999999 step 0.000001}{1..999999999}{1..999999999}', Number.MAX_SAFE_INTEGER],
    ['a {red, blue} fox --seed {1..100} --n 3', 600],
    ['a fox --n 11 --repeat 50', 550],
    ['a fox && a cat && --n 50 --repeat 6', 600],
    ['--seed {1..999999999}', 999_999_999],
    ['a fox --seed 3 && --seed {1..999999999}', 999_999_999],
    [Array.from({ length: 501 }, (_, index) => `fox ${index}`).join('\n'), 501],
  ])('%j is too much: it says how many it would be', (typed, count) => {
    expect(refusal(() => read(typed))).toMatchObject({ code: 'prompt.tooMany', values: { count, max: 500 } });
  });

  it('is a sentence for a person, whatever was typed, and what can be read is printed back', () => {
    const sign = fc.constantFrom(
      ...['{', '}', '｛', '，', ',', '\\', '--', '—', '"', '“', '”', ' ', '\n', '#', '&&', '..', ' step ', '1', '0.5'],
      ...['--n ', '--no ', '--seed ', '--ar ', '16:9', '--model=', 'fox', '狐', '\u2028', '\ud83e'],
    );
    const typed = fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 40 }),
      fc.array(sign, { maxLength: 25 }).map((all) => all.join('')),
    );
    const checked = (check: (line: string) => void) =>
      fc.property(typed, (line) => {
        try {
          check(line);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      });
    fc.assert(
      checked((line) => read(line)),
      { numRuns: 100_000 },
    );
    const again = checked((line) => {
      const { line: printed, lines } = read(line);
      expect(read(printed)).toMatchObject({ line: printed, lines });
    });
    fc.assert(again, { numRuns: 5_000 });
  }, 120_000);
});

describe('a request as one line', () => {
  it.each([
    ['a  red fox —n 2 --seed +7', 'a  red fox --n 2 --seed 7'],
    ['--ar 16x9 a fox', 'a fox --ar 16:9'],
    ['a fox --model SKETCH', 'a fox --model sketch'],
    ['a fox\n# no\na cat', 'a fox && a cat'],
    ['a sign that says "--n 6"', 'a sign that says "--n 6"'],
    ['a “round” quote, and "open', String.raw`a “round” quote, and \"open`.replace('“round”', String.raw`\“round\”`)],
    ['a fox --no “many hands”', 'a fox --no "many hands"'],
    ['a {red,  {light , dark} green} fox --seed {1 .. 3}', 'a {red, {light, dark} green} fox --seed {1..3}'],
    ['｛紅，藍｝狐狸', '{紅, 藍}狐狸'],
  ])('%j is %j', (typed, line) => {
    expect(read(typed).line).toBe(line);
    expect(read(line)).toEqual({ ...read(typed), line });
  });

  it('is read as the very same request, for ten thousand at random', () => {
    const values: FlagValues = {
      names: ['n', 'ar', 'seed', 'model', 'no'],
      switches: new Map(),
      read: (_name, value) => value.trim(),
      print: (_name, value) => String(value),
    };
    fc.assert(
      fc.property(requests, (request) => {
        fc.pre(countImages(request) <= 500);
        const line = printRequest(request);
        expect(line).not.toMatch(/\n/);
        expect(readRequest(line, values)).toEqual(request);
        expect(printRequest(readRequest(line, values))).toBe(line);
      }),
      { numRuns: 10_000 },
    );
  }, 120_000);

  it('stands for five hundred pictures at most', () => {
    expect(texts('{1..500}')).toHaveLength(500);
    expect(
      expandRequest([{ text: [{ from: '1', to: '20' }], flags: [{ name: 'n', value: ['25'] }] }], {
        names: ['n'],
        switches: new Map(),
        read: (_name, value) => Number(value),
        print: String,
      }),
    ).toHaveLength(20);
  });
});

/** Signs that mean something, and some that do not. */
const word = fc.oneof(
  fc.stringMatching(/^[a-z狐🦊é]{1,6}$/u),
  fc.constantFrom(
    '{',
    '}',
    ',',
    '，',
    '\\',
    '"',
    '“a b”',
    '"x',
    '--n',
    '—seed',
    '&&',
    '#',
    '1..5',
    '.',
    '-',
    '...',
    "it's",
    '\\-',
  ),
);
const literal = fc
  .array(word, { minLength: 1, maxLength: 5 })
  .chain((words) => fc.constantFrom(' ', '  ', '', '\t').map((gap) => words.join(gap).trim()))
  .filter((text) => text !== '');
const numbers = fc
  .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), fc.constantFrom(undefined, '2', '0.5'))
  .map(([from, to, step]): Piece => ({ from: String(from), to: String(to), ...(step === undefined ? {} : { step }) }));
const { template } = fc.letrec<{ template: Template; choice: Piece }>((tie) => ({
  template: fc
    .array(fc.oneof({ maxDepth: 2 }, literal, numbers, tie('choice')), { minLength: 1, maxLength: 3 })
    .map((pieces) => withoutNeighbours(pieces)),
  choice: fc
    .array(fc.oneof(tie('template'), fc.constant<Template>([])), { minLength: 1, maxLength: 3 })
    .filter((options) => options.length > 1 || options[0]?.length !== 0)
    .map((oneOf): Piece => ({ oneOf: oneOf as Template[] })),
}));
const line: fc.Arbitrary<RequestLine> = fc
  .record({
    text: template,
    n: fc.option(fc.integer({ min: 1, max: 3 }).map(String)),
    seed: fc.option(template),
    no: fc.option(template),
  })
  .map(({ text, n, seed, no }) => ({
    text,
    flags: [
      ...(n === null ? [] : [{ name: 'n', value: [n] }]),
      ...(seed === null ? [] : [{ name: 'seed', value: seed }]),
      ...(no === null ? [] : [{ name: 'no', value: no }]),
    ],
  }));
const requests: fc.Arbitrary<Request> = fc.array(line, { minLength: 1, maxLength: 3 });

/** Two texts side by side are one. */
function withoutNeighbours(pieces: readonly Piece[]): Template {
  return pieces.filter((piece, index) => typeof piece !== 'string' || typeof pieces[index - 1] !== 'string');
}
