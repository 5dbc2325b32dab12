import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { printCsv } from '#core/files/print-csv.ts';
import { spentIn } from '#core/usage/find-usage.ts';
import { inWorkspace } from '#db/client.ts';

const columns = ['day', 'personId', 'person', 'model', 'pictures', 'credits', 'cost', 'currency'];

/** What a workspace spent in a month, whose first day is given, as CSV: a row for each day, person, model and currency. */
export async function* printUsage(deps: Pick<Deps, 'db'>, workspaceId: string, month: string): AsyncGenerator<string> {
  const rows = await inWorkspace(deps.db, workspaceId, (tx) =>
    tx.execute(sql`
      select period::text as day, person as "personId", coalesce((select a.name from accounts a
          join workspaces w on w.id = ${workspaceId} where a.person_id::text = person
          order by a.platform = w.platform desc, a.created_at limit 1), '') as person,
        model, sum(pictures)::int as pictures, sum(credits)::int as credits,
        trim_scale(sum(micros)::numeric / 1000000)::text as cost, currency
      from (${spentIn(workspaceId, month)}) spent
      group by period, spent.person, model, currency order by period, "personId", model, currency`),
  );
  yield printCsv([...rows], columns);
}
