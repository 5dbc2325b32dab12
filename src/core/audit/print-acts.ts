import { stringify } from 'csv-stringify/sync';
import { type ListedAct, listActs } from '#core/audit/list-acts.ts';
import type { Deps } from '#core/deps.ts';
import { inWorkspace } from '#db/client.ts';

const rowsAtOnce = 1_000;
const columns = [
  ...['n', 'at', 'personId', 'person', 'channelId', 'channel', 'requestId', 'act', 'subject', 'subjectName'],
  ...['before', 'after', 'text', 'hash'],
];

/**
 * A workspace's audit log as CSV that spreadsheets open in UTF-8, newest first, a page at a time. A cell that they would take for
 * a formula begins with an apostrophe: https://owasp.org/www-community/attacks/CSV_Injection
 */
export async function* printActs(deps: Pick<Deps, 'db'>, workspaceId: string): AsyncGenerator<string> {
  let from: number | undefined;
  do {
    const acts = await inWorkspace(deps.db, workspaceId, (tx) => listActs(tx, workspaceId, { from, max: rowsAtOnce }));
    yield printPage(acts, from === undefined);
    from = acts.length < rowsAtOnce ? 0 : (acts.at(-1)?.n ?? 1) - 1;
  } while (from > 0);
}

function printPage(acts: readonly ListedAct[], isFirst: boolean): string {
  const rows = acts.map(({ at, before, after, ...act }) => ({
    ...act,
    at: at.toISOString(),
    before: before === null ? '' : JSON.stringify(before),
    after: after === null ? '' : JSON.stringify(after),
  }));
  return stringify(rows, {
    columns,
    header: isFirst,
    bom: isFirst,
    record_delimiter: 'windows',
    // Half a line ending ends a line for some readers.
    quoted_match: /[\r\n]/,
    escape_formulas: true,
  });
}
