import { shorten } from '#core/batches/shorten.ts';
import type { UserError } from '#core/errors.ts';
import { errorText } from '#core/render-error.ts';
import type { Text, TextValue } from '#src/i18n.ts';

/** What is wrong in one row of a file of prompts; a row may have several. */
export interface RowError {
  /** As an editor or a spreadsheet counts, from 1. */
  row: number;
  /** As the file spells it; none where the whole row is meant. */
  column?: string;
  error: UserError;
}

/** Most characters of a cell that are said again. */
const saidCharsMax = 80;

/** A row's error as one sentence with its place: row, column and character, as far as they are known. */
export function sayRowError({ row, column, error }: RowError): Text {
  const where = sayPlace(column, error.place?.column);
  const said = shortenValues(errorText(error));
  if (where === undefined) return { key: 'errors.file.rowAlone', values: { row, error: said } };
  return { key: 'errors.file.row', values: { row, column: where, error: said } };
}

function sayPlace(column: string | undefined, character: number | undefined): TextValue | undefined {
  if (character === undefined) return column;
  if (column === undefined) return { key: 'errors.file.character', values: { character } };
  return { key: 'errors.file.characterIn', values: { column, character } };
}

/** A cell may hold far more than a message does. */
function shortenValues(text: Text): Text {
  if (!('values' in text) || !text.values) return text;
  const values = Object.entries(text.values).map(([name, value]) => [
    name,
    typeof value === 'string' ? shorten(value, saidCharsMax) : value,
  ]);
  return { ...text, values: Object.fromEntries(values) };
}
