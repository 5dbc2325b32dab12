import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { acrossWorkspaces, type Tx } from '#db/client.ts';

/** Without a word from whoever is at a delivery, somebody else does it after so long. */
const heldSeconds = 15;
/** Nobody waits for an answer longer; it is also how long a process may be away with what it had acknowledged. */
const keptHours = 24;

export interface Delivery {
  /** Of the webhook that it was posted to. */
  path: string;
  /** As `Postponed` has it. */
  delivery: string;
}

export type HeldDelivery = Delivery & { id: string; attempts: number };

/** Writes deliveries down for their turn; resolves after the commit. */
export async function keepDeliveries({ db }: Pick<Deps, 'db'>, deliveries: readonly Delivery[]): Promise<void> {
  await acrossWorkspaces(db, (tx) =>
    tx.execute(sql`
      insert into waiting_deliveries (path, delivery)
      select * from unnest(${sql.param(deliveries.map(({ path }) => path))}::text[],
        ${sql.param(deliveries.map(({ delivery }) => delivery))}::text[])`),
  );
}

/**
 * Takes the oldest deliveries that nobody is at, at most `atMost` of them and only of these paths; those in `held` stay this
 * process's, and those in `done` are forgotten.
 */
export async function holdDeliveries(
  { db }: Pick<Deps, 'db'>,
  { paths, done, held, atMost }: Record<'paths' | 'done' | 'held', readonly string[]> & { atMost: number },
): Promise<HeldDelivery[]> {
  const taken = await acrossWorkspaces(db, (tx) =>
    tx.execute<HeldDelivery & Record<string, unknown>>(sql`
      with done as (
        delete from waiting_deliveries where id = any(${sql.param(done)}::bigint[])
      ), renewed as (
        update waiting_deliveries set held_until = now() + make_interval(secs => ${heldSeconds})
        where id = any(${sql.param(held)}::bigint[])
      ), next as (
        select id from waiting_deliveries
        where held_until <= now() and path = any(${sql.param(paths)}::text[])
          and id <> all(${sql.param(done)}::bigint[]) and id <> all(${sql.param(held)}::bigint[])
        order by id limit ${atMost}::int for update skip locked
      )
      update waiting_deliveries w
      set held_until = now() + make_interval(secs => ${heldSeconds}), attempts = attempts + 1
      from next where w.id = next.id
      returning w.id::text, w.path, w.delivery, w.attempts`),
  );
  return taken.toSorted((left, right) => Number(BigInt(left.id) - BigInt(right.id)));
}

/** Forgets what has been done, and lets others do the rest at once. */
export async function releaseDeliveries(
  { db }: Pick<Deps, 'db'>,
  { done, held }: Record<'done' | 'held', readonly string[]>,
): Promise<void> {
  await acrossWorkspaces(db, (tx) =>
    tx.execute(sql`
      with done as (
        delete from waiting_deliveries where id = any(${sql.param(done)}::bigint[])
      )
      update waiting_deliveries set held_until = now() where id = any(${sql.param(held)}::bigint[])`),
  );
}

/** What no process could do, as its platform is switched off. */
export async function forgetOldDeliveries(tx: Tx): Promise<void> {
  await tx.execute(sql`delete from waiting_deliveries where created_at < now() - make_interval(hours => ${keptHours})`);
}
