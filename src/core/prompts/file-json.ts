import { UserError } from '#core/errors.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import { type Cell, type FileRow, type ReadRow, readCells, type Wrong } from '#core/prompts/file-cells.ts';
import { type Columns, findColumn, labelOf, unknownColumn } from '#core/prompts/file-columns.ts';
import type { FlagValues } from '#core/prompts/request.ts';

/** More mistakes in one item are not told. */
const wrongMax = 10;

/**
 * The items of a JSON file: a list, or an object with nothing but a list `prompts`.
 * @throws {UserError} `file.json`, with its place where that is known, `file.jsonList`
 */
export function readJson(text: string, columns: Columns, values: FlagValues): FileRow[] {
  if (text.trim() === '') return [];
  const items = listOf(parseFile(text));
  return items.map((item, index) => ({ row: index + 1, read: () => readItem(item, columns, values) }));
}

/** The lines of a JSON Lines file that hold something. */
export function readJsonLines(text: string, columns: Columns, values: FlagValues): FileRow[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    return [{ row: index + 1, read: () => readJsonLine(line, columns, values) }];
  });
}

function readJsonLine(line: string, columns: Columns, values: FlagValues): ReadRow {
  const parsed = parseJson(line);
  if ('failed' in parsed) return { lines: [], errors: [{ error: new UserError('file.jsonLine') }] };
  return readItem(parsed.value, columns, values);
}

function parseFile(text: string): unknown {
  const parsed = parseJson(text);
  if (!('failed' in parsed)) return parsed.value;
  const error = new UserError('file.json');
  // Some of V8's messages say where.
  const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(parsed.failed) ?? [];
  throw line && column ? error.at({ line: Number(line), column: Number(column) }) : error;
}

function parseJson(text: string): { value: unknown } | { failed: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { failed: String(error) };
  }
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const list = isObject(value) && Object.keys(value).length === 1 ? value.prompts : undefined;
  if (!Array.isArray(list)) throw new UserError('file.jsonList');
  return list;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readItem(item: unknown, columns: Columns, values: FlagValues): ReadRow {
  if (typeof item === 'string') {
    return readCells([{ column: 'prompt', label: 'prompt', value: cleanText(item) }], values);
  }
  if (!isObject(item)) return { lines: [], errors: [{ error: new UserError('file.jsonItem') }] };
  const cells: Cell[] = [];
  const wrong: Wrong[] = [];
  for (const [key, value] of Object.entries(item)) {
    if (wrong.length === wrongMax) break;
    const label = labelOf(cleanText(key));
    const column = findColumn(columns, key);
    const refuse = (error: UserError) => wrong.push({ column: label, error });
    if (column === undefined) refuse(unknownColumn(columns, label));
    else if (cells.some((cell) => cell.column === column)) refuse(new UserError('file.columnTwice', { column: label }));
    else if (typeof value === 'string' || typeof value === 'number') {
      cells.push({ column, label, value: cleanText(String(value)) });
    } else if (typeof value === 'boolean' && values.switches.has(column)) {
      cells.push({ column, label, value: value ? 'on' : 'off' });
    } else if (value !== null) refuse(new UserError('file.jsonValue'));
  }
  return readCells(cells, values, wrong);
}
