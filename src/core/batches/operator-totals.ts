import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import type { OperatorCaps } from '#core/workspaces/operator-layer.ts';
import { acrossWorkspaces } from '#db/client.ts';

export interface Totals extends Record<string, unknown> {
  workspaces: number;
  suspended: number;
  /** Those with any cap of an operator's. */
  capped: number;
  people: number;
  /** Of the last 24 hours. */
  batches: number;
  pictures: number;
  credits: number;
  /** Now. */
  waiting: number;
}

export interface WorkspaceTotals extends OperatorCaps, Record<string, unknown> {
  platform: string;
  platformId: string;
  suspended: boolean;
  pictures: number;
  credits: number;
}

const listedMax = 10;

/** What all workspaces together do, and those that do most, or the one of an address: numbers and addresses alone. */
export async function operatorTotals(
  { db }: Pick<Deps, 'db'>,
  address: string | undefined,
): Promise<{ all: Totals; most: WorkspaceTotals[] }> {
  return acrossWorkspaces(db, async (tx) => {
    const [all] = await tx.execute<Totals>(sql`
      select (select count(*) from workspaces where gone_at is null)::int as workspaces,
        (select count(*) from settings where suspended_at is not null)::int as suspended,
        (select count(*) from settings where scope = 'operator'
          and num_nonnulls(in_flight_workspace, credits_day, money_month) > 0)::int as capped,
        (select count(distinct person_id) from batches where created_at > now() - interval '1 day')::int as people,
        (select count(*) from batches where created_at > now() - interval '1 day')::int as batches,
        (select count(*) from images where state = 'succeeded' and finished_at > now() - interval '1 day')::int as pictures,
        (select coalesce(sum(credits), 0) from ledger where kind = 'settle' and created_at > now() - interval '1 day')::int as credits,
        (select coalesce(sum(waiting), 0) from workspace_lanes)::int as waiting`);
    const most = await tx.execute<WorkspaceTotals>(sql`
      select w.platform, w.platform_id as "platformId",
        o.suspended_at is not null as suspended, o.in_flight_workspace as "inFlightWorkspace",
        o.credits_day as "creditsDay", o.money_month as "moneyMonth",
        coalesce(made.pictures, 0)::int as pictures, coalesce(paid.credits, 0)::int as credits
      from workspaces w
      left join settings o on o.workspace_id = w.id and o.scope = 'operator'
      left join (select workspace_id, count(*) as pictures from images
        where state = 'succeeded' and finished_at > now() - interval '1 day' group by 1) made on made.workspace_id = w.id
      left join (select workspace_id, sum(credits) as credits from ledger
        where kind = 'settle' and created_at > now() - interval '1 day' group by 1) paid on paid.workspace_id = w.id
      where ${address ?? null}::text is null or w.platform || ':' || w.platform_id = ${address ?? null}
      order by pictures desc, credits desc, w.created_at limit ${listedMax}`);
    if (address !== undefined && most.length === 0)
      throw new UserError('operator.unknownWorkspace', { workspace: address });
    if (!all) throw new Error('there are no totals');
    return { all, most: [...most] };
  });
}
