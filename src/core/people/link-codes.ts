import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { and, eq, gt, lt, sql } from 'drizzle-orm';
import { batchIdAlphabet, readBatchId } from '#core/batches/batch-id.ts';
import type { Deps } from '#core/deps.ts';
import type { Tx } from '#db/client.ts';
import { linkCodes } from '#db/schema/index.ts';

export const codeKeptMinutes = 10;
const triesMax = 5;
/** It finds the code, and is no secret; what follows is: one of a thousand million. */
const selectorLength = 4;
const secretLength = 6;
const hashBytes = 32;
/** Some 10 ms: the code lives for minutes. */
const cost = { N: 2 ** 12 };

const derive = promisify<string, string, number, object, Buffer>(scrypt);
const hashOf = (secret: string, salt: string) => derive(secret, salt, hashBytes, cost);
const draw = (length: number) =>
  Array.from({ length }, () => batchIdAlphabet[randomInt(batchIdAlphabet.length)]).join('');

/** A code that joins whoever types it to the person of an account; the account's earlier ones end. It is kept nowhere. */
export async function makeLinkCode(tx: Tx, deps: Pick<Deps, 'now'>, accountId: string): Promise<string> {
  const [selector, secret, salt] = [draw(selectorLength), draw(secretLength), randomBytes(16).toString('hex')];
  const hash = (await hashOf(secret, salt)).toString('hex');
  const createdAt = deps.now();
  const expiresAt = new Date(createdAt.getTime() + codeKeptMinutes * 60_000);
  const code = { salt, hash, accountId, tries: 0, createdAt, expiresAt };
  await tx.delete(linkCodes).where(eq(linkCodes.accountId, accountId));
  await tx
    .insert(linkCodes)
    .values({ selector, ...code })
    .onConflictDoUpdate({ target: linkCodes.selector, set: code });
  return `${selector}-${secret}`;
}

/**
 * The account that a code is of, which nobody else tries before the transaction has ended; undefined for a wrong one, which
 * counts as a try once the transaction is committed.
 */
export async function tryLinkCode(
  tx: Tx,
  deps: Pick<Deps, 'now'>,
  typed: string,
): Promise<{ selector: string; accountId: string } | undefined> {
  const code = readBatchId(typed).replace(/[\s-]/g, '');
  const [selector, secret] = [code.slice(0, selectorLength), code.slice(selectorLength)];
  const [found] = await tx
    .select()
    .from(linkCodes)
    .where(and(eq(linkCodes.selector, selector), gt(linkCodes.expiresAt, deps.now()), lt(linkCodes.tries, triesMax)))
    .for('update');
  if (!found) return undefined;
  const isRight = timingSafeEqual(await hashOf(secret, found.salt), Buffer.from(found.hash, 'hex'));
  if (isRight) return { selector, accountId: found.accountId };
  await tx
    .update(linkCodes)
    .set({ tries: sql`${linkCodes.tries} + 1` })
    .where(eq(linkCodes.selector, selector));
  return undefined;
}

export async function endLinkCode(tx: Tx, selector: string): Promise<void> {
  await tx.delete(linkCodes).where(eq(linkCodes.selector, selector));
}

export async function forgetExpiredCodes(tx: Tx, deps: Pick<Deps, 'now'>): Promise<void> {
  await tx.delete(linkCodes).where(lt(linkCodes.expiresAt, deps.now()));
}
