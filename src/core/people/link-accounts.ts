import { randomUUID } from 'node:crypto';
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { RetryError, UserError } from '#core/errors.ts';
import { joinRights, moveRights, shareRights } from '#core/people/carry-rights.ts';
import type { Tx } from '#db/client.ts';
import { accounts, erasures, people } from '#db/schema/index.ts';

export type Account = typeof accounts.$inferSelect;

export async function findAccount(tx: Tx, id: string): Promise<Account | undefined> {
  const [account] = await tx.select().from(accounts).where(eq(accounts.id, id));
  return account;
}

/** All accounts of a person, oldest first. */
export function listAccounts(tx: Tx, personId: string): Promise<Account[]> {
  return tx.select().from(accounts).where(eq(accounts.personId, personId)).orderBy(asc(accounts.createdAt));
}

/**
 * Makes two people one, the older of them. Of other rows only their rights change: each keeps who asked, and the one who is gone
 * points to the one who is there, so that whatever runs, waits or is reserved meanwhile goes on as it is.
 * @throws {UserError} `link.erasing`
 * @throws {RetryError} when either was joined to somebody meanwhile.
 */
export async function joinPeople(tx: Tx, one: string, other: string): Promise<void> {
  const [kept, gone] = await lockPeople(tx, [one, other]);
  if (!kept || !gone) throw new RetryError('one of the two people is part of another by now');
  await requireNoErasure(tx, [kept, gone]);
  await tx.execute(sql`
    update accounts set own_person_id = coalesce(own_person_id, person_id), person_id = ${kept} where person_id = ${gone}`);
  await tx.execute(sql`update people set joined_to = ${kept} where id = ${gone} or joined_to = ${gone}`);
  await joinRights(tx, { kept, gone });
}

/**
 * Takes an account off, into the person it was before it was linked, or a new one where others are part of that. What was
 * asked for stays with the person who asked.
 * @throws {UserError} `link.alone`, `link.erasing`
 */
export async function unlinkAccount(tx: Tx, accountId: string): Promise<void> {
  const before = await findAccount(tx, accountId);
  if (!before) throw new RetryError('the account is gone');
  const [personId] = await lockPeople(tx, [before.personId]);
  const account = await findAccount(tx, accountId);
  if (!personId || account?.personId !== personId) throw new RetryError('the account is of another person by now');
  const others = (await listAccounts(tx, personId)).filter(({ id }) => id !== accountId);
  if (others.length === 0) throw new UserError('link.alone');
  await requireNoErasure(tx, [personId]);
  const own = account.ownPersonId ?? randomUUID();
  if (account.ownPersonId === null) await tx.insert(people).values({ id: own });
  await tx.update(people).set({ joinedTo: null }).where(eq(people.id, own));
  await tx.update(accounts).set({ personId: own, ownPersonId: null }).where(eq(accounts.id, accountId));
  const { platform } = account;
  const staysThere = others.some((other) => other.platform === platform);
  await (staysThere ? shareRights : moveRights)(tx, { platform, from: personId, to: own });
}

/** Oldest first, without those who are part of another; locked in the order of their ids, so that two never wait for each other. */
async function lockPeople(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx
    .select()
    .from(people)
    .where(inArray(people.id, [...ids]))
    .orderBy(asc(people.id))
    .for('no key update');
  return rows
    .filter(({ joinedTo }) => joinedTo === null)
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
    .map(({ id }) => id);
}

async function requireNoErasure(tx: Tx, ids: readonly string[]): Promise<void> {
  const asked = await tx
    .select({ personId: erasures.personId })
    .from(erasures)
    .where(and(inArray(erasures.personId, [...ids]), isNull(erasures.doneAt)));
  if (asked.length > 0) throw new UserError('link.erasing');
}
