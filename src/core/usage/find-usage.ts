import { type SQL, sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import type { Tx } from '#db/client.ts';

/** What was spent on something: a day, a person, a model. */
export interface Used {
  /** The day, the person's id, or the model. */
  of: string;
  pictures: number;
  credits: number;
  /** In millionths, by currency. */
  money: Record<string, number>;
}

export interface Usage {
  days: Used[];
  /** Most credits first. */
  people: Used[];
  models: Used[];
  total: Used;
}

interface Row extends Record<string, unknown> {
  day: string | null;
  person: string | null;
  model: string | null;
  currency: string;
  pictures: number;
  credits: number;
  micros: string;
}

/** What was spent on each picture in the periods of a month, whose first day is given. */
export function spentIn(workspaceId: string, month: string): SQL {
  return sql`
    select l.period, l.person_id::text as person, i.model, l.currency, l.money_micros as micros,
      case l.kind when 'settle' then l.credits else 0 end as credits, case l.kind when 'settle' then 1 else 0 end as pictures
    from ledger l join images i on i.id = case when l.source like 'image:%' then substr(l.source, 7)::bigint end
    where l.workspace_id = ${workspaceId} and l.kind in ('settle', 'adjust')
      and l.period >= ${month}::date and l.period < (${month}::date + interval '1 month')::date`;
}

/** What a workspace spent in the periods of a month, whose first day is given, from the ledger. */
export async function findUsage(tx: Tx, { actor }: Pick<CommandContext, 'actor'>, month: string): Promise<Usage> {
  const rows = await tx.execute<Row>(sql`
    select period::text as day, person, model, currency, sum(pictures)::int as pictures, sum(credits)::int as credits, sum(micros)::text as micros
    from (${spentIn(actor.workspaceId, month)}) spent
    group by grouping sets ((period, currency), (person, currency), (model, currency))`);
  const days = gather(rows, ({ day }) => day).toSorted((one, other) => (one.of < other.of ? -1 : 1));
  return {
    days,
    people: gather(rows, ({ person }) => person).toSorted(byCredits),
    models: gather(rows, ({ model }) => model).toSorted(byCredits),
    total: days.reduce(add, { of: '', pictures: 0, credits: 0, money: {} }),
  };
}

const byCredits = (one: Used, other: Used) => other.credits - one.credits || (one.of < other.of ? -1 : 1);

function gather(rows: readonly Row[], key: (row: Row) => string | null): Used[] {
  const found = new Map<string, Used>();
  for (const row of rows) {
    const of = key(row);
    if (of === null) continue;
    const used = { of, pictures: row.pictures, credits: row.credits, money: { [row.currency]: Number(row.micros) } };
    found.set(of, add(found.get(of) ?? { of, pictures: 0, credits: 0, money: {} }, used));
  }
  return [...found.values()];
}

function add(sum: Used, { pictures, credits, money }: Used): Used {
  const currencies = [...new Set([...Object.keys(sum.money), ...Object.keys(money)])];
  return {
    of: sum.of,
    pictures: sum.pictures + pictures,
    credits: sum.credits + credits,
    money: Object.fromEntries(currencies.map((code) => [code, (sum.money[code] ?? 0) + (money[code] ?? 0)])),
  };
}
