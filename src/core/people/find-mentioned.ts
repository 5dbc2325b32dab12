import { and, eq, sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import type { Tx } from '#db/client.ts';
import { accounts, members } from '#db/schema/index.ts';

export interface MentionedPerson {
  personId: string;
  name: string;
}

/**
 * The person of the workspace that a text begins with, and what stands behind: somebody whom the platform says that it
 * names, or `@name` of whom Easel knows from there.
 * @throws {UserError} `person.missing` without one, `person.unknown` for a name that nobody or several have.
 */
export async function findMentioned(
  tx: Tx,
  { actor, call }: Pick<CommandContext, 'actor' | 'call'>,
  text: string,
): Promise<{ person: MentionedPerson; rest: string }> {
  const named = call.mentions?.find(({ kind, typed }) => kind === 'account' && text.startsWith(typed));
  const typed = named?.typed ?? /^@\S+/.exec(text)?.[0];
  if (typed === undefined) throw new UserError('person.missing', { text });
  const isNamed = named
    ? eq(accounts.platformId, named.platformId)
    : sql`lower(${accounts.name}) = lower(${typed.slice(1)})`;
  const found = await tx
    .select({ personId: members.personId, name: accounts.name })
    .from(members)
    .innerJoin(accounts, eq(accounts.personId, members.personId))
    .where(and(eq(members.workspaceId, actor.workspaceId), eq(accounts.platform, call.platform), isNamed))
    .limit(2);
  const [person] = found;
  if (!person || found.length > 1) throw new UserError('person.unknown', { name: typed });
  return { person, rest: text.slice(typed.length).trim() };
}
