import { shorten } from '#core/batches/shorten.ts';
import { UserError } from '#core/errors.ts';
import { nearMiss } from '#core/prompts/nearest.ts';

/** How a column may be called besides by its flag's name; errors name it by the first. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  prompt: ['prompt', '提示詞'],
  n: ['n', '數量'],
  ar: ['ar', '比例'],
  seed: ['seed', '種子'],
  style: ['style', '風格'],
  model: ['model', '模型'],
  quality: ['quality', '品質'],
  no: ['negative', 'no', '排除'],
  enhance: ['enhance', '擴寫'],
  repeat: ['repeat', '重複'],
  preset: ['preset', '預設組合'],
  filename: ['filename', 'file', 'name', '檔名'],
};
const labelCharsMax = 40;

/** The columns that a file may have: `prompt`, `filename` and one for each flag. */
export interface Columns {
  /** As errors name them. */
  names: readonly string[];
  /** From a folded spelling to `prompt`, `filename` or the flag's name. */
  bySpelling: ReadonlyMap<string, string>;
}

export function columnsOf(flags: readonly string[]): Columns {
  const all = ['prompt', ...flags, 'filename'];
  const called = (column: string) => spellings[column] ?? [column];
  return {
    names: all.map((column) => called(column)[0] ?? column),
    bySpelling: new Map(all.flatMap((column) => called(column).map((spelling) => [fold(spelling), column] as const))),
  };
}

/** `File Name`, `file_name` and `filename` are the same. */
const fold = (typed: string): string =>
  typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '');

/** As a message shows what a file calls a column. */
export const labelOf = (typed: string): string => shorten(typed.trim(), labelCharsMax);

/** Which column is meant, or undefined. */
export function findColumn({ bySpelling }: Columns, typed: string): string | undefined {
  return bySpelling.get(fold(typed));
}

/** The refusal of a column that there is not. */
export function unknownColumn({ names, bySpelling }: Columns, typed: string): UserError {
  const column = labelOf(typed);
  const near = nearMiss(fold(column), [...bySpelling.keys()]);
  const columns = [...names];
  if (near === undefined) return new UserError('file.columnUnknown', { column, columns });
  return new UserError('file.column', { column, nearest: near, columns });
}

/** Whether it was meant as a column's name, and not as a prompt. */
export function isNearColumn({ bySpelling }: Columns, typed: string): boolean {
  return nearMiss(fold(labelOf(typed)), [...bySpelling.keys()]) !== undefined;
}
