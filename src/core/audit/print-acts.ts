import { type ListedAct, listActs } from '#core/audit/list-acts.ts';
import type { Deps } from '#core/deps.ts';
import { printCsv } from '#core/files/print-csv.ts';
import { inWorkspace } from '#db/client.ts';

const rowsAtOnce = 1_000;
const columns = [
  ...['n', 'at', 'personId', 'person', 'channelId', 'channel', 'requestId', 'act', 'subject', 'subjectName'],
  ...['before', 'after', 'text', 'hash'],
];

/** A workspace's audit log as CSV, newest first, a page at a time. */
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
  return printCsv(rows, columns, isFirst);
}
