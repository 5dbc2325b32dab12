import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFlags } from '#core/prompts/read-flags.ts';
import { refusal } from '#tests/core/refusal.ts';

const names = ['n', 'ar', 'seed', 'model', 'draft'];
const known = { names, switches: new Map([['draft', ['on', 'off']]]) };
const read = (line: string) => readFlags(line, known);

describe('readFlags', () => {
  it.each([
    ['a red fox --n 6', 'a red fox', [['n', '6']]],
    ['a red fox --n=6', 'a red fox', [['n', '6']]],
    ['--n 6 a red fox', 'a red fox', [['n', '6']]],
    ['a red --n 6 fox', 'a red fox', [['n', '6']]],
    ['a fox —n 2', 'a fox', [['n', '2']]],
    ['a fox –n=2', 'a fox', [['n', '2']]],
    [
      'a fox ⸺seed 3 ―ar 1:1',
      'a fox',
      [
        ['seed', '3'],
        ['ar', '1:1'],
      ],
    ],
    ['a fox --AR 16:9', 'a fox', [['ar', '16:9']]],
    ['a fox --model "my model"', 'a fox', [['model', 'my model']]],
    ['a fox --model=“my model” in snow', 'a fox in snow', [['model', 'my model']]],
    ['a fox --n １６', 'a fox', [['n', '１６']]],
    ['a fox --seed -5', 'a fox', [['seed', '-5']]],
    ['a fox --n=', 'a fox', [['n', '']]],
    ['a fox --draft', 'a fox', [['draft', 'on']]],
    ['—draft a fox', 'a fox', [['draft', 'on']]],
    ['a fox --draft in snow', 'a fox in snow', [['draft', 'on']]],
    ['a fox --draft OFF in snow', 'a fox in snow', [['draft', 'OFF']]],
    ['a fox --draft=maybe', 'a fox', [['draft', 'maybe']]],
    [
      'a fox --draft --n 2',
      'a fox',
      [
        ['draft', 'on'],
        ['n', '2'],
      ],
    ],
  ] as [string, string, [string, string][]][])('reads the flags of %j', (line, text, flags) => {
    expect(read(line)).toEqual({ text, flags: flags.map(([name, value]) => ({ name, value })) });
  });

  it.each([
    'a sign that says "--n 6"',
    'a fox – in snow — at dawn',
    'a fox —running —very fast',
    'well-known half-timbered',
    'a -- lone dash',
    '--',
    'a -n 6 single dash',
    'spaces   inside	stay',
    '🦊🦊',
    'an “open quote --',
  ])('takes nothing out of %j', (line) => {
    expect(read(line)).toEqual({ text: line, flags: [] });
  });

  it.each([
    ['a fox --sed 3', 'option.unknown', { option: 'sed', nearest: 'seed' }],
    ['a fox --modle x', 'option.unknown', { option: 'modle', nearest: 'model' }],
    ['a fox —sead 3', 'option.unknown', { option: 'sead', nearest: 'seed' }],
    ['a fox --n', 'option.missingValue', { option: 'n' }],
    ['a fox --n --ar 1:1', 'option.missingValue', { option: 'n' }],
  ])('refuses %j and names what was meant', (line, code, values) => {
    expect(refusal(() => read(line))).toMatchObject({ code, values });
  });

  it('refuses any flag where there are none', () => {
    expect(refusal(() => readFlags('k7m2q4 --n 2', { names: [], switches: new Map() }))).toMatchObject({
      code: 'option.none',
      values: { option: 'n' },
    });
  });

  it('leaves text without a dash as it is, up to the spaces around it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !/[-\u2012-\u2015\u2e3a\n]/u.test(text)),
        (text) => {
          expect(read(text)).toEqual({ text: text.trim(), flags: [] });
        },
      ),
    );
  });

  it('loses no word, wherever the flags stand', () => {
    const word = fc.stringMatching(/^[a-zäé🦊']{1,8}$/u);
    const flag = fc.constantFrom('--n 6', '--ar=1:1', '—seed 7').map((typed) => ({ typed }));
    fc.assert(
      fc.property(fc.array(fc.oneof(word, flag), { maxLength: 12 }), (parts) => {
        const typed = parts.map((part) => (typeof part === 'string' ? part : part.typed)).join(' ');
        const found = read(typed);
        expect(found.text.split(' ').filter(Boolean)).toEqual(parts.filter((part) => typeof part === 'string'));
        expect(found.flags).toHaveLength(parts.filter((part) => typeof part !== 'string').length);
      }),
    );
  });
});
