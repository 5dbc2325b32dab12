import { describe, expect, it } from 'vitest';
import type { CommandOption } from '#core/commands/define.ts';
import { imagine } from '#core/commands/imagine.ts';
import { readOptions } from '#core/commands/read-options.ts';
import { settings } from '#core/commands/settings.ts';
import { status } from '#core/commands/status.ts';
import { refusal } from '#tests/core/refusal.ts';

const vocabulary = {
  models: ['gpt-image-1', 'sketch'],
  qualities: ['low', 'high'],
  locales: ['en', 'zh-TW'],
  commands: ['imagine', 'status', 'help'],
};
const again: { name: string; options: CommandOption[] } = {
  name: 'again',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'numbers', kind: 'numbers', positional: true },
    { name: 'seed', kind: 'choice', choices: ['same', 'new'] },
  ],
};
const read = (text: string) => readOptions(imagine, text, vocabulary);

describe('the options of imagine', () => {
  it.each([
    ['a fox', [{ text: 'a fox' }]],
    [
      'a fox --n 6 --ar 16:9 --seed 7 --model SKETCH',
      [{ text: 'a fox', n: 6, ar: { width: 16, height: 9 }, seed: 7, model: 'sketch' }],
    ],
    ['a fox --ar １６：９ --n ６', [{ text: 'a fox', n: 6, ar: { width: 16, height: 9 } }]],
    ['a fox --ar 2.39x1', [{ text: 'a fox', ar: { width: 2.39, height: 1 } }]],
    ['a fox --seed 0', [{ text: 'a fox', seed: 0 }]],
    ['a fox --seed 4294967295', [{ text: 'a fox', seed: 4_294_967_295 }]],
    ['a fox\na cat\n\na dog', [{ text: 'a fox' }, { text: 'a cat' }, { text: 'a dog' }]],
    [
      'a fox --n 2\na cat --n 3',
      [
        { text: 'a fox', n: 2 },
        { text: 'a cat', n: 3 },
      ],
    ],
    [
      'a fox\na cat --n 3\n--n 2 --seed 1',
      [
        { text: 'a fox', n: 2, seed: 1 },
        { text: 'a cat', n: 3, seed: 1 },
      ],
    ],
    ['a fox --draft', [{ text: 'a fox', draft: true }]],
    ['a fox --draft off', [{ text: 'a fox', draft: false }]],
    ['', []],
    ['   \n ', []],
  ])('reads %j', (text, prompt) => {
    expect(read(text).prompt).toMatchObject({ lines: prompt });
  });

  it.each([
    ['a --n 0', 'option.integer', { option: 'n', value: '0', min: 1, max: 50 }],
    ['a --n 9999', 'option.integer', { option: 'n', value: '9999' }],
    ['a --n 51', 'option.integer', { option: 'n' }],
    ['a --n 1.5', 'option.integer', { option: 'n' }],
    ['a --n 1e1', 'option.integer', { option: 'n' }],
    ['a --n=', 'option.integer', { option: 'n', value: '' }],
    ['a --seed abc', 'option.integer', { option: 'seed', value: 'abc' }],
    ['a --seed -1', 'option.integer', { option: 'seed', value: '-1' }],
    ['a --seed 4294967296', 'option.integer', { option: 'seed' }],
    ['a --ar 0:1', 'option.ratio', { option: 'ar', value: '0:1' }],
    ['a --ar 16', 'option.ratio', { option: 'ar', value: '16' }],
    ['a --ar 100:1', 'option.ratioTooLong', { option: 'ar', value: '100:1' }],
    ['a --model skech', 'option.model', { value: 'skech', nearest: 'sketch', models: vocabulary.models }],
    ['a\nb --bogus 1', 'option.unknown', { option: 'bogus' }],
  ])('refuses %j and says what would be right', (text, code, values) => {
    expect(refusal(() => read(text))).toMatchObject({ code, values });
  });

  it('takes the last of a flag that is typed twice', () => {
    expect(read('a --n 2 --n 3').prompt).toMatchObject({ lines: [{ text: 'a', n: 3 }], line: 'a --n 3' });
  });
});

describe('the options of other commands', () => {
  it('says what is wrong with a word in the words that were typed, as there is no flag of its name', () => {
    const words = {
      name: 'do',
      options: [
        { name: 'act', kind: 'choice', choices: ['list', 'save'], positional: true },
        { name: 'picture', kind: 'integer', min: 1, max: 500, positional: true },
        { name: 'code', kind: 'text', max: 3, positional: true },
        { name: 'for', kind: 'choice', choices: ['me', 'everyone'] },
      ],
    } as const;
    const refused = (text: string) => refusal(() => readOptions(words, text, vocabulary));
    expect(refused('safe')).toMatchObject({
      code: 'word.near',
      values: { value: 'safe', near: 'save', choices: ['list', 'save'] },
    });
    expect(refused('nonsense')).toMatchObject({ code: 'word.choice', values: { choices: ['list', 'save'] } });
    expect(refused('save x')).toMatchObject({ code: 'word.integer', values: { value: 'x', min: 1, max: 500 } });
    expect(refused('save 1 abcd')).toMatchObject({ code: 'word.text', values: { length: 4, max: 3 } });
    expect(refused('save --for us')).toMatchObject({ code: 'option.choice', values: { option: 'for' } });
  });

  it('takes a single word without a flag', () => {
    expect(readOptions(status, '  K7M2Q4 ', vocabulary)).toEqual({ batch: 'k7m2q4' });
    expect(readOptions(status, '', vocabulary)).toEqual({});
  });

  it.each([
    ['k7m2q4', undefined],
    ['k7m2q4 5', [5]],
    ['K7M2Q4 7,2, 5', [2, 5, 7]],
    ['k7m2q4 1-3', [1, 2, 3]],
    ['k7m2q4 1 – 3 3 5', [1, 2, 3, 5]],
    ['k7m2q4 ２、５，７', [2, 5, 7]],
    ['k7m2q4 １～３', [1, 2, 3]],
    ['k7m2q4 500', [500]],
  ])('reads %j as a batch and the numbers of pictures, each once and in order', (text, numbers) => {
    expect(readOptions(again, text, vocabulary)).toEqual({ batch: 'k7m2q4', ...(numbers ? { numbers } : {}) });
  });

  it('reads flags between words that have none', () => {
    const values = { batch: 'k7m2q4', numbers: [2, 3], seed: 'same' };
    for (const text of ['k7m2q4 2 3 --seed same', '--seed same k7m2q4 2-3', 'k7m2q4 --seed=same 2,3'])
      expect(readOptions(again, text, vocabulary)).toEqual(values);
  });

  it.each(['two', '0', '3-1', '2,five', '1-', '1.5', '-1', '1000', ',', '1-2-3', Array(501).fill('1-999').join(',')])(
    'refuses %.20j as numbers of pictures',
    (value) => {
      const refused = refusal(() => readOptions(again, `k7m2q4 ${value}`, vocabulary));
      expect(refused).toMatchObject({ code: 'option.numbers', values: { value } });
    },
  );

  it('reads a cleared setting as null and an untyped one as absent', () => {
    expect(readOptions(settings, '--language default --time-zone asia/taipei --credits-guest 5', vocabulary)).toEqual({
      language: null,
      'time-zone': 'Asia/Taipei',
      'credits-guest': 5,
    });
  });

  it.each([
    ['--language fr', 'option.language', { value: 'fr', choices: vocabulary.locales }],
    ['--time-zone Mars/Base', 'option.timeZone', { value: 'Mars/Base' }],
    ['--scope planet', 'option.choice', { option: 'scope', choices: ['workspace', 'channel'] }],
    ['--credits-guest 100001', 'option.integer', { option: 'credits-guest', max: 100_000 }],
    ['hello', 'command.unexpected', { text: 'hello', command: 'settings' }],
  ])('refuses settings %j', (text, code, values) => {
    expect(refusal(() => readOptions(settings, text, vocabulary))).toMatchObject({ code, values });
  });
});

describe('a line', () => {
  const act: { name: string; options: CommandOption[] } = {
    name: 'act',
    options: [
      { name: 'act', kind: 'choice', choices: ['why'], positional: true },
      { name: 'words', kind: 'line', positional: true },
    ],
  };

  it.each([
    ['', {}],
    ['why', { act: 'why' }],
    ['why @bo imagine --n 40', { act: 'why', words: '@bo imagine --n 40' }],
    ['  why   "two  words"\n--n 4', { act: 'why', words: '"two  words"\n--n 4' }],
  ])('is the rest of %j as it was typed', (text, values) => {
    expect(readOptions(act, text, vocabulary)).toEqual(values);
  });
});
