import type { Picture } from '#core/batches/find-finished.ts';
import { printCsv } from '#core/files/print-csv.ts';

const columns = [
  ...(['file', 'number', 'prompt', 'enhanced', 'negative', 'seed', 'model', 'width', 'height', 'credits'] as const),
];

export type ManifestRow = Pick<Picture, Exclude<(typeof columns)[number], 'file'> | 'source'> & {
  /** Empty where the file is no longer there. */
  file: string;
};

/** What the files of an archive are, as CSV; where some are enlargements, who enlarged them stands beside who made them. */
export function printManifest(rows: readonly ManifestRow[]): string {
  const enlarged = rows.some(({ source }) => source !== null);
  const named = rows.map(({ source, ...row }) =>
    source === null ? row : { ...row, model: source.model, upscaler: row.model },
  );
  return printCsv(named, [...columns, ...(enlarged ? ['upscaler'] : [])]);
}
