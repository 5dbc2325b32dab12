import { CsvError, type InfoRecord, type Options, parse } from 'csv-parse/sync';
import { shorten } from '#core/batches/shorten.ts';
import { UserError } from '#core/errors.ts';
import { type Cell, type FileRow, type ReadRow, readCells, rowsMax } from '#core/prompts/file-cells.ts';
import { type Columns, findColumn, isNearColumn, labelOf, unknownColumn } from '#core/prompts/file-columns.ts';
import { type FlagValues, requireFew } from '#core/prompts/request.ts';

interface HeaderCell {
  label: string;
  /** None where the cell is empty. */
  column: string | undefined;
}

interface CsvRecord {
  row: number;
  cells: readonly string[];
  /** The index of a cell that goes on behind its closing quote, so that it is open what was meant. */
  broken?: number;
}

const saidCharsMax = 60;
/** Far more than there are names for. */
const columnsMax = 100;

/**
 * The rows of a CSV file (RFC 4180) below the one that names the columns. A spreadsheet's row may have several lines.
 * @throws {UserError} `file.columnsTooMany`, `file.column`, `file.columnUnknown`, `file.columnTwice`, `file.noPromptColumn`, `file.quoteOpen`, `prompt.tooMany`
 */
export function readCsv(text: string, columns: Columns, values: FlagValues): FileRow[] {
  const [first, ...rest] = readRecords(text);
  if (!first) return [];
  const header = readHeader(first.cells, columns);
  return rest.map((record) => ({ row: record.row, read: () => readRecord(header, record, values) }));
}

/** Records that have something in them. */
function readRecords(text: string): CsvRecord[] {
  const options = optionsFor(text);
  const records: CsvRecord[] = [];
  const keep = (cells: readonly string[], info: InfoRecord) => {
    if (cells.every((cell) => cell.trim() === '')) return;
    if (records.length > rowsMax) requireFew(text.split('\n').filter((line) => line.trim() !== '').length - 1);
    const broken = findBroken(cells, info);
    records.push({ row: info.records + info.empty_lines, cells, ...(broken === undefined ? {} : { broken }) });
  };
  try {
    parse(text, {
      ...options,
      raw: true,
      // With `raw` it gives an object, which the package's types do not know.
      on_record: (given: unknown, info) => {
        keep((given as { record: string[] }).record, info);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError) || error.code !== 'CSV_QUOTE_NOT_CLOSED') throw error;
    const before = Buffer.from(text).subarray(0, Number(error.bytes)).toString();
    throw new UserError('file.quoteOpen', { line: 1 + countLineEnds(before) });
  }
  return records;
}

/** A name of a column holds no delimiter, and so the line of the names tells which it is. */
function optionsFor(text: string): Options {
  const line = /^.*\S.*$/m.exec(text)?.[0] ?? '';
  const delimiter = ['\t', ';'].find((sign) => line.includes(sign)) ?? ',';
  return {
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    // A quote in the middle of a cell is a sign like any other, as in spreadsheets.
    relax_quotes: true,
    ltrim: true,
    skip_empty_lines: true,
  };
}

/**
 * A cell that goes on behind its closing quote is taken by the relaxed parser as it stands, from its first quote on; one
 * that only begins with a quote of its own stands in the file with its quotes doubled.
 * @throws {UserError} `file.quoteOpen` where it has swallowed a line.
 */
function findBroken(cells: readonly string[], { raw = '', lines }: InfoRecord): number | undefined {
  let at = 0;
  const broken = cells.findIndex((cell) => {
    if (!cell.startsWith('"')) return false;
    const written = `"${cell.replaceAll('"', '""')}"`;
    const found = raw.indexOf(written, at);
    at = found + written.length;
    return found < 0;
  });
  if (broken < 0) return undefined;
  if (cells[broken]?.includes('\n')) {
    throw new UserError('file.quoteOpen', { line: lines - countLineEnds(cells.slice(broken).join('')) });
  }
  return broken;
}

const countLineEnds = (text: string): number => text.split('\n').length - 1;

function readHeader(cells: readonly string[], columns: Columns): HeaderCell[] {
  const names = cells.slice(0, cells.findLastIndex((name) => name.trim() !== '') + 1);
  if (names.length > columnsMax) throw new UserError('file.columnsTooMany', { number: names.length, max: columnsMax });
  const header = names.map((name) => ({ label: labelOf(name), column: findColumn(columns, name) }));
  const named = header.filter(({ label }) => label !== '');
  const unknown = named.find(({ column }) => column === undefined);
  const isHeader = named.some(({ label, column }) => column !== undefined || isNearColumn(columns, label));
  if (unknown && isHeader) throw unknownColumn(columns, unknown.label);
  const twice = named.find(({ column }, index) => named.findIndex((one) => one.column === column) < index);
  if (isHeader && twice) throw new UserError('file.columnTwice', { column: twice.label });
  if (!header.some(({ column }) => column === 'prompt')) {
    throw new UserError('file.noPromptColumn', { columns: [...columns.names] });
  }
  return header;
}

function readRecord(header: readonly HeaderCell[], { cells: record, broken }: CsvRecord, values: FlagValues): ReadRow {
  // Behind either mistake the cells are not in their columns.
  if (broken !== undefined) {
    const column = header[broken]?.label;
    return { lines: [], errors: [{ ...(column ? { column } : {}), error: new UserError('file.quote') }] };
  }
  const extra = record.find((cell, index) => cell.trim() !== '' && header[index]?.column === undefined);
  if (extra !== undefined) {
    return {
      lines: [],
      errors: [{ error: new UserError('file.extraCell', { value: shorten(extra.trim(), saidCharsMax) }) }],
    };
  }
  const cells: Cell[] = header.flatMap(({ label, column }, index) =>
    column === undefined ? [] : [{ column, label, value: record[index] ?? '' }],
  );
  return readCells(cells, values);
}
