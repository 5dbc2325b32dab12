import { UserError } from '#core/errors.ts';
import { readFileName } from '#core/prompts/file-name.ts';
import { sortWords } from '#core/prompts/read-flags.ts';
import {
  checkFlag,
  type FlagValues,
  imagesMax,
  type Request,
  readFlag,
  readLines,
  separator,
  type TypedFlag,
  type TypedLine,
} from '#core/prompts/request.ts';
import type { RowError } from '#core/prompts/row-error.ts';
import { splitWords } from '#core/prompts/split-words.ts';
import { isPlain, readTemplate, type Template } from '#core/prompts/template.ts';

/** More rows than this are not read one by one: even with many mistakes they ask for too much. */
export const rowsMax = 2 * imagesMax;

/** A row that has something in it. It is read only where the file has not far too many. */
export interface FileRow {
  /** As an editor or a spreadsheet counts, from 1; in a JSON file the number of the item. */
  row: number;
  read(): ReadRow;
}

/** What is in a row under one column. */
export interface Cell {
  /** `prompt`, `filename` or a flag's name. */
  column: string;
  /** As the file calls the column. */
  label: string;
  value: string;
}

/** What a row asks for, and what is wrong in it. Its flags are checked after all rows have been counted. */
export interface ReadRow {
  /** Where something is wrong, what else can be read. */
  lines: readonly TypedLine[];
  /** For its pictures' files. */
  name?: { text: string; label: string };
  /** What the file calls its columns, in its order. */
  labels?: Readonly<Record<string, string>>;
  errors: readonly Wrong[];
}
export type Wrong = Omit<RowError, 'row'>;

/** More than any model reads; a choice may repeat a cell hundreds of times. */
const cellCharsMax = 32_000;

/** A line of a `.txt` file, which is typed as behind `/imagine`. */
export function readLineRow(line: string, values: FlagValues): ReadRow {
  const errors: Wrong[] = [];
  const lines = attempt(errors, undefined, () => {
    requireShort(line);
    return readLines(line, values);
  });
  return { lines: lines ?? [], errors };
}

/** A row of cells, with what is wrong in each; `wrong` is what was seen when they were taken apart. */
export function readCells(cells: readonly Cell[], values: FlagValues, wrong: readonly Wrong[] = []): ReadRow {
  const errors = [...wrong];
  const filled = cells.map((cell) => ({ ...cell, value: inOneLine(cell.value) })).filter(({ value }) => value !== '');
  const row = { labels: Object.fromEntries(cells.map(({ column, label }) => [column, label])), errors };
  if (!filled.some(({ column }) => column === 'prompt')) {
    errors.push({ column: row.labels.prompt ?? 'prompt', error: new UserError('file.noPrompt') });
  }
  let text: Template = [];
  let name: ReadRow['name'];
  const flags: TypedFlag[] = [];
  for (const { column, label, value } of filled) {
    attempt(errors, label, () => {
      requireShort(value);
      if (column === 'prompt') text = readPrompt(value, values);
      else if (column === 'filename') name = { text: readFileName(value), label };
      else flags.push(readFlagCell(column, value, values));
    });
  }
  return { ...row, lines: [{ text, flags }], ...(name ? { name } : {}) };
}

const inOneLine = (value: string): string =>
  value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');

/** The grammar's text, with its choices and ranges and none of its other signs. */
function readPrompt(value: string, values: FlagValues): Template {
  const words = splitWords(value);
  const joint = words.find(({ text }) => text === separator);
  if (joint) throw inCell(new UserError('file.separator'), value, joint.start);
  const refuse = (at: number) => inCell(new UserError('file.flag'), value, at);
  const [flag] = sortWords(value, words, values, (_error, at) => refuse(at)).flags;
  if (flag) throw refuse(flag.start);
  return readTemplate(value, (error, at) => inCell(error, value, at));
}

function readFlagCell(name: string, value: string, values: FlagValues): TypedFlag {
  return readFlag({ name, value, start: 0, valueStart: 0 }, values, (error, at) =>
    error.code.startsWith('braces.') ? inCell(error, value, at) : error,
  );
}

const inCell = (error: UserError, value: string, at: number): UserError =>
  error.at({ column: [...value.slice(0, at)].length + 1 });

function requireShort(value: string): void {
  if (value.length <= cellCharsMax) return;
  const { length } = [...value];
  if (length > cellCharsMax) throw new UserError('file.tooLong', { length, max: cellCharsMax });
}

/**
 * The rows' requests with their flags checked. In a row that is wrong already those of one value are, so that all its
 * mistakes are told; its alternatives were not counted.
 */
export function checkRow(row: ReadRow, values: FlagValues): { request: Request; errors: readonly Wrong[] } {
  const errors = [...row.errors];
  const isWrong = errors.length > 0;
  const request = row.lines.map(({ text, flags }) => ({
    text,
    flags: flags
      .filter(({ value }) => !isWrong || isPlain(value))
      .flatMap((flag) => attempt(errors, row.labels?.[flag.name], () => checkFlag(flag, values)) ?? []),
  }));
  const order: (string | undefined)[] = Object.values(row.labels ?? {});
  errors.sort((one, other) => order.indexOf(one.column) - order.indexOf(other.column));
  return { request: errors.length > 0 ? [] : request, errors };
}

/** What `read` gives; its refusal is kept with its place. */
function attempt<T>(errors: Wrong[], column: string | undefined, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    errors.push({ ...(column === undefined ? {} : { column }), error });
    return undefined;
  }
}
