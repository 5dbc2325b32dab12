import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileNames, type NamedRow } from '#core/batches/file-names.ts';
import { anyCharacter } from '#tests/any-character.ts';

const batch = { id: 'k7m2q4', total: 116 };
const named = (...names: (string | null | undefined)[]) =>
  fileNames(
    batch,
    names.map((name, index): NamedRow => ({ number: index + 1, type: 'png', ...(name === undefined ? {} : { name }) })),
  );

describe('files of a batch', () => {
  it('are called by their numbers, which sort as they count', () => {
    const rows = ([7, 8, 116] as const).map((number) => ({ number, type: 'png' as const }));
    expect(fileNames(batch, rows)).toEqual(['k7m2q4-007.png', 'k7m2q4-008.png', 'k7m2q4-116.png']);
    expect(fileNames({ id: 'k7m2q4', total: 9 }, rows)[0]).toBe('k7m2q4-7.png');
  });

  it('end in what they are', () => {
    const rows = (['png', 'jpeg', 'webp'] as const).map((type, index) => ({ number: index, type, name: 'fox.png' }));
    expect(fileNames(batch, rows)).toEqual(['fox.png', 'fox.jpg', 'fox.webp']);
  });

  it('are called as somebody wished', () => {
    expect(named('hero', null, undefined, '  ', '紅狐 🦊')).toEqual([
      'hero.png',
      'k7m2q4-002.png',
      'k7m2q4-003.png',
      'k7m2q4-004.png',
      '紅狐 🦊.png',
    ]);
  });

  it('are numbered where several are called the same, whatever their case', () => {
    expect(named('fox', 'Fox.png', 'owl', 'FOX')).toEqual(['fox-1.png', 'Fox-2.png', 'owl.png', 'FOX-3.png']);
    expect(named('fox', 'fox-1', 'fox')).toEqual(['fox-2.png', 'fox-1.png', 'fox-3.png']);
    expect(named('caf\u00e9', 'cafe\u0301')).toEqual(['caf\u00e9-1.png', 'caf\u00e9-2.png']);
  });

  it.each([
    ['../../etc/passwd', '_.._etc_passwd.png'],
    ['C:\\fox', 'C__fox.png'],
    ['a<b>c:d"e|f?g*h', 'a_b_c_d_e_f_g_h.png'],
    ['con', '_con.png'],
    ['LPT1.notes', '_LPT1.notes.png'],
    ['console', 'console.png'],
    ['fox. . .', 'fox.png'],
    ['.hidden', 'hidden.png'],
    ['=1+2', '1+2.png'],
    ['--rm', 'rm.png'],
    ['a\0b\nc\u202egnp', 'abcgnp.png'],
    ['...', 'k7m2q4-001.png'],
    ['x'.repeat(300), `${'x'.repeat(200)}.png`],
    ['狐'.repeat(100), `${'狐'.repeat(66)}.png`],
    ['\ud800fox', '\ufffdfox.png'],
  ])('%j becomes a name that every system takes: %j', (name, file) => {
    expect(named(name)).toEqual([file]);
  });

  it('are all different and all safe, whatever was wished', () => {
    const wish = fc.oneof(
      fc.constantFrom('fox', 'FOX', 'fox-1', 'Fox-2', 'k7m2q4-001', 'aux', '..', '=x', 'ﬁx', 'fix', 'ß', 'ẞ', 'SS'),
      fc.string({ unit: anyCharacter, maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(fc.option(wish), { maxLength: 30 }), (wishes) => {
        const files = named(...wishes);
        expect(new Set(files.map((file) => file.normalize('NFC').toUpperCase())).size).toBe(files.length);
        for (const file of files) {
          expect(file).toMatch(/^[^<>:"/\\|?*\p{Cc}]+\.png$/u);
          expect(file).not.toMatch(/^[=+\-@. ]|[. ]\.png$/);
          expect(file).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
          expect(Buffer.byteLength(file)).toBeLessThan(240);
        }
      }),
      { numRuns: 500 },
    );
  });
});
