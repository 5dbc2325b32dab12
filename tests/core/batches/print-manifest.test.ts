import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { type ManifestRow, printManifest } from '#core/batches/print-manifest.ts';

const row: ManifestRow = {
  file: 'k7m2q4-1.png',
  number: 1,
  prompt: 'a fox',
  enhanced: 'a fox in soft light',
  negative: null,
  seed: 4_294_967_295,
  model: 'fake',
  width: 1024,
  height: 768,
  credits: 2,
  source: null,
};

/** As another library reads it. */
function read(csv: string) {
  const { data, errors, meta } = Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true });
  expect(errors).toEqual([]);
  return { rows: data, columns: meta.fields };
}

describe('a manifest', () => {
  it('says of each file what it is', () => {
    const { rows, columns } = read(printManifest([row]));
    const names = ['file', 'number', 'prompt', 'enhanced', 'negative', 'seed', 'model', 'width', 'height', 'credits'];
    expect(columns).toEqual(names);
    expect(rows).toEqual([
      {
        file: 'k7m2q4-1.png',
        number: '1',
        prompt: 'a fox',
        enhanced: 'a fox in soft light',
        negative: '',
        seed: '4294967295',
        model: 'fake',
        width: '1024',
        height: '768',
        credits: '2',
      },
    ]);
  });

  it('begins with the mark of UTF-8 and ends its lines as RFC 4180 does', () => {
    const csv = printManifest([{ ...row, prompt: '狐狸, "雪"\n兩行' }]);
    expect(csv.startsWith('\ufefffile,number,')).toBe(true);
    expect(csv.replace('\n兩行', '').split('\r\n')).toHaveLength(3);
    expect(csv.replace('\n兩行', '')).not.toMatch(/[^\r]\n/);
    expect(read(csv).rows[0]?.prompt).toBe('狐狸, "雪"\n兩行');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', '＋1', '－1', '＠x', '=HYPERLINK("http://x","y")'])(
    'has no formula where somebody wrote %j',
    (typed) => {
      const { rows } = read(printManifest([{ ...row, prompt: typed, negative: typed, model: typed }]));
      expect(rows[0]).toMatchObject({ prompt: `'${typed}`, negative: `'${typed}`, model: `'${typed}` });
    },
  );

  it('gives every text back and begins no cell with what a spreadsheet computes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", 'a'), maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ prompt: text, negative: fc.option(text) }), { minLength: 1 }), (texts) => {
        const { rows } = read(printManifest(texts.map((typed) => ({ ...row, ...typed }))));
        expect(rows).toHaveLength(texts.length);
        for (const [index, { prompt = '', negative = '' }] of rows.entries()) {
          for (const [cell, typed] of [
            [prompt, texts[index]?.prompt],
            [negative, texts[index]?.negative ?? ''],
          ] as const) {
            expect(cell).not.toMatch(/^[=+\-@\t\r]/);
            expect([cell, cell.replace(/^'/, '')]).toContain(typed);
          }
        }
      }),
    );
  });
});
