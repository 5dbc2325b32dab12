import { stringify } from 'csv-stringify/sync';
import type { Picture } from '#core/batches/find-finished.ts';

const columns = [
  ...(['file', 'number', 'prompt', 'enhanced', 'negative', 'seed', 'model', 'width', 'height', 'credits'] as const),
];

export type ManifestRow = Pick<Picture, Exclude<(typeof columns)[number], 'file'> | 'source'> & {
  /** Empty where the file is no longer there. */
  file: string;
};

/**
 * What the files of an archive are; where some are enlargements, who enlarged them stands beside who made them. As CSV that spreadsheets open in UTF-8 (RFC 4180). A cell that they would take for a
 * formula begins with an apostrophe: https://owasp.org/www-community/attacks/CSV_Injection
 */
export function printManifest(rows: readonly ManifestRow[]): string {
  const enlarged = rows.some(({ source }) => source !== null);
  const named = rows.map(({ source, ...row }) =>
    source === null ? row : { ...row, model: source.model, upscaler: row.model },
  );
  return stringify(named, {
    columns: [...columns, ...(enlarged ? ['upscaler'] : [])],
    header: true,
    bom: true,
    record_delimiter: 'windows',
    // Half a line ending ends a line for some readers.
    quoted_match: /[\r\n]/,
    escape_formulas: true,
  });
}
