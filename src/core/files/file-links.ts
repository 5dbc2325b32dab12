import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, lt } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { Database, Tx } from '#db/client.ts';
import { fileLinks } from '#db/schema/index.ts';

/** What somebody is given a file of. */
export interface FileWanted {
  kind: (typeof fileLinks.$inferSelect)['kind'];
  subjectId: string;
  name: string;
}

/** They open everything about somebody, or what was done in a workspace: an hour is enough to fetch that. */
const keptMs = 60 * 60_000;
const tokenBytes = 32;
const tokenPattern = /^[\da-f]{64}$/;
const hashToken = (token: string) => createHash('sha256').update(token).digest('hex');

/** What files may be called; a month that is in the name is the one that the file is about. */
const names: Readonly<Record<FileWanted['kind'], RegExp>> = {
  person: /^easel-export\.zip$/,
  audit: /^easel-audit\.csv$/,
  usage: /^easel-usage-(20\d\d-(?:0[1-9]|1[0-2]))\.csv$/,
};

/** Lets whoever has the path download a file for an hour. The path is nowhere else: nobody can be told it again. */
export async function makeFileLink(
  tx: Tx,
  deps: Pick<Deps, 'now'>,
  { kind, subjectId, name }: FileWanted,
): Promise<{ path: string; expiresAt: Date }> {
  if (!names[kind].test(name)) throw new Error(`no name of a file: ${name}`);
  const token = randomBytes(tokenBytes).toString('hex');
  const createdAt = deps.now();
  const expiresAt = new Date(createdAt.getTime() + keptMs);
  await tx.insert(fileLinks).values({ tokenHash: hashToken(token), kind, subjectId, createdAt, expiresAt });
  return { path: `/files/${token}/${name}`, expiresAt };
}

/** What a token opens by this name; undefined when it opens nothing, or no more. */
export async function findFileLink(
  deps: { db: Database } & Pick<Deps, 'now'>,
  token: string,
  name: string,
): Promise<FileWanted | undefined> {
  if (!tokenPattern.test(token)) return undefined;
  const [link] = await deps.db
    .select({ kind: fileLinks.kind, subjectId: fileLinks.subjectId })
    .from(fileLinks)
    .where(and(eq(fileLinks.tokenHash, hashToken(token)), gt(fileLinks.expiresAt, deps.now())));
  return link && names[link.kind].test(name) ? { ...link, name } : undefined;
}

/** The month that a file of usage is about, by its name. */
export function monthOf({ name }: Pick<FileWanted, 'name'>): string {
  const [, month] = names.usage.exec(name) ?? [];
  if (month === undefined) throw new Error(`no month in the name of a file: ${name}`);
  return month;
}

export async function forgetExpiredFileLinks(tx: Tx, deps: Pick<Deps, 'now'>): Promise<void> {
  await tx.delete(fileLinks).where(lt(fileLinks.expiresAt, deps.now()));
}
