import { stringify } from 'csv-stringify/sync';

/**
 * Rows as CSV that spreadsheets open in UTF-8 (RFC 4180); rows that go on, not `isFirst`, come without the names of their columns. A cell that they
 * would take for a formula begins with an apostrophe: https://owasp.org/www-community/attacks/CSV_Injection
 */
export function printCsv(rows: readonly object[], columns: readonly string[], isFirst = true): string {
  return stringify([...rows], {
    columns: [...columns],
    header: isFirst,
    bom: isFirst,
    record_delimiter: 'windows',
    // Half a line ending ends a line for some readers.
    quoted_match: /[\r\n]/,
    escape_formulas: true,
  });
}
