import type { PromptLine } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { checkRow, type FileRow, type ReadRow, readLineRow, rowsMax } from '#core/prompts/file-cells.ts';
import { type Columns, columnsOf } from '#core/prompts/file-columns.ts';
import { readCsv } from '#core/prompts/file-csv.ts';
import { readJson, readJsonLines } from '#core/prompts/file-json.ts';
import { readFileText } from '#core/prompts/file-text.ts';
import {
  countImages,
  expandRequest,
  type FlagValues,
  type Request,
  requireFew,
  type TypedLine,
} from '#core/prompts/request.ts';
import type { RowError } from '#core/prompts/row-error.ts';
import { atMostExact, countTexts } from '#core/prompts/template.ts';

/** Most bytes of a file of prompts; whoever fetches it sees to that. */
export const promptFileBytesMax = 2 * 1024 * 1024;

export interface PromptFile {
  /** What can be made, in the order of the file. */
  rows: PromptRow[];
  /** What cannot, in the order of the file; a row may have several. */
  errors: RowError[];
}

export interface PromptRow {
  /** As an editor or a spreadsheet counts, from 1; in a JSON file the number of the item. */
  row: number;
  /** At least one, at most 500 pictures in a file. */
  lines: PromptLine[];
  /** Wanted for the files of its pictures, without an extension; no two rows have the same, whatever its case. */
  name?: string;
  /** What the file calls its columns; none of a `.txt` file. */
  labels?: Readonly<Record<string, string>>;
}

/**
 * Reads a file of prompts, a row a step, so that whoever drives it may do something else in between: `.txt` has lines as they are typed behind `/imagine`; `.csv`, `.jsonl` and `.json` have a
 * column, or key, for the prompt, for each flag and for the `filename`. What is wrong in a row leaves the others as they are.
 * `type` is the content type, which counts where the name has no extension.
 * @throws {UserError} `file.*` and `prompt.tooMany`, for what is wrong with the whole.
 */
export function* readPromptFile(
  { name, type, bytes }: { name: string; type?: string; bytes: Uint8Array },
  values: FlagValues,
): Generator<void, PromptFile> {
  const rowsOf = readers[kindOf(name, type)];
  const found = rowsOf(readFileText(bytes), columnsOf(values.names), values);
  if (found.length > rowsMax) requireFew(found.length);
  const rows = yield* eachInTurn(found, ({ row, read }) => ({ row, ...read() }));
  const named = refuseSameNames(rows);
  requireFewImages(named.filter(({ errors }) => errors.length === 0).flatMap(({ lines }) => lines));
  const checked = yield* eachInTurn(named, (one) => ({ ...one, ...checkRow(one, values) }));
  const made = yield* expandRows(checked, values);
  const errors = checked.flatMap(({ row, errors }) => errors.map((error) => ({ row, ...error })));
  if (made.length + errors.length === 0) throw new UserError('file.empty');
  const isEmpty = ({ lines }: PromptRow) => lines.some(({ text }) => text === '');
  const empty = made.filter(isEmpty).map(({ row }) => ({ row, error: new UserError('file.noPrompt') }));
  return {
    rows: made.filter((row) => !isEmpty(row)),
    errors: [...errors, ...empty].toSorted((one, other) => one.row - other.row),
  };
}

type Kind = 'text' | 'csv' | 'jsonLines' | 'json';

const readers: Record<Kind, (text: string, columns: Columns, values: FlagValues) => FileRow[]> = {
  text: (text, _columns, values) =>
    text.split('\n').flatMap((line, index) => {
      const says = line.trim() !== '' && !line.trimStart().startsWith('#');
      return says ? [{ row: index + 1, read: () => readLineRow(line, values) }] : [];
    }),
  csv: readCsv,
  jsonLines: readJsonLines,
  json: readJson,
};

const kinds = new Map<string, Kind>([
  ['txt', 'text'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['jsonl', 'jsonLines'],
  ['ndjson', 'jsonLines'],
  ['json', 'json'],
  ['text/plain', 'text'],
  ['text/csv', 'csv'],
  ['application/csv', 'csv'],
  ['text/tab-separated-values', 'csv'],
  ['application/jsonl', 'jsonLines'],
  ['application/x-jsonlines', 'jsonLines'],
  ['application/x-ndjson', 'jsonLines'],
  ['application/json', 'json'],
]);

function kindOf(name: string, type = ''): Kind {
  const extension = /\.([^.]*)$/.exec(name.trim())?.[1];
  const kind = kinds.get((extension ?? type.split(';')[0] ?? '').trim().toLowerCase());
  if (!kind) throw new UserError('file.type', { name });
  return kind;
}

type NumberedRow = ReadRow & { row: number };

/** Of two rows with the same name the later one is wrong. */
function refuseSameNames(rows: readonly NumberedRow[]): NumberedRow[] {
  const taken = new Map<string, number>();
  return rows.map((row) => {
    if (!row.name) return row;
    const { text, label } = row.name;
    const first = taken.get(text.toLowerCase());
    if (first === undefined) {
      taken.set(text.toLowerCase(), row.row);
      return row;
    }
    const error = new UserError('file.nameTwice', { value: text, row: first });
    return { ...row, errors: [...row.errors, { column: label, error }] };
  });
}

/** Before anything is expanded. */
function requireFewImages(lines: readonly TypedLine[]): void {
  requireFew(countImages(lines));
  // Flags alone are in the count by what they are taken up for, and would be expanded even if nothing did.
  const alone = lines.filter(({ text }) => text.length === 0).flatMap(({ flags }) => flags);
  requireFew(alone.reduce((sum, { value }) => atMostExact(sum + countTexts(value)), 0));
}

/** Flags alone in a line of a `.txt` file hold for all that lack them, as when they are typed. */
function* expandRows(
  rows: readonly (NumberedRow & { request: Request })[],
  values: FlagValues,
): Generator<void, PromptRow[]> {
  const shared = rows.flatMap(({ request }) => request).filter(({ text }) => text.length === 0);
  const expanded = yield* eachInTurn(rows, ({ row, request, name, labels }) => {
    const own = request.filter(({ text }) => text.length > 0);
    if (own.length === 0) return [];
    const lines = expandRequest([...own, ...shared], values);
    return [{ row, lines, ...(name ? { name: name.text } : {}), ...(labels ? { labels } : {}) }];
  });
  return expanded.flat();
}

function* eachInTurn<T, R>(items: readonly T[], work: (item: T) => R): Generator<void, R[]> {
  const done: R[] = [];
  for (const item of items) {
    done.push(work(item));
    yield;
  }
  return done;
}
