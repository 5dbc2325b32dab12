import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { RetryError, UserError } from '#core/errors.ts';
import { admins, everyone, type RoleMapping } from '#core/people/role-of.ts';
import type { Mention } from '#core/ports/chat.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import type { Tx } from '#db/client.ts';
import { accounts, members } from '#db/schema/index.ts';

export interface MentionedPerson {
  personId: string;
  accountId: string;
  name: string;
}

/**
 * The person of the workspace that a text begins with, and what stands behind: somebody whom the platform says that it
 * names, who is written down where they have not spoken yet, or `@name` of whom Easel knows from there.
 * @throws {UserError} `person.missing` without one, `person.unknown` for a name that nobody or several have.
 */
export async function findMentioned(
  tx: Tx,
  { actor, call }: Pick<CommandContext, 'actor' | 'call'>,
  text: string,
): Promise<{ person: MentionedPerson; rest: string }> {
  const named = findMention(call.mentions, 'account', text);
  const typed = named?.typed ?? /^@\S+/.exec(text)?.[0];
  if (typed === undefined) throw new UserError('person.missing', { text });
  const found = await tx
    .select({ personId: members.personId, accountId: accounts.id, name: accounts.name })
    .from(members)
    .innerJoin(accounts, eq(accounts.personId, members.personId))
    .where(
      and(
        eq(members.workspaceId, actor.workspaceId),
        eq(accounts.platform, call.platform),
        isNamed(typed, named?.mention),
      ),
    )
    .limit(2);
  const person = found[0] ?? (await meet(tx, actor.workspaceId, call.platform, named?.mention));
  if (!person || found.length > 1) throw new UserError('person.unknown', { name: typed });
  return { person, rest: text.slice(typed.length).trim() };
}

/** Writes down somebody whom the platform names and who has not spoken here yet; undefined where it does not say who they are. */
async function meet(
  tx: Tx,
  workspaceId: string,
  platform: string,
  mention: Mention | undefined,
): Promise<MentionedPerson | undefined> {
  if (mention?.platformId === undefined) return undefined;
  const { platformId, name } = mention;
  const [met] = await tx.execute<MentionedPerson & Record<string, unknown>>(sql`
    with known as (
      select id, person_id, name from accounts where platform = ${platform} and platform_id = ${platformId}
    ), person as (
      insert into people (id) select ${randomUUID()}::uuid where not exists (select from known) returning id
    ), made as (
      insert into accounts (person_id, platform, platform_id, name) select id, ${platform}, ${platformId}, ${name} from person
      on conflict (platform, platform_id) do nothing
      returning id, person_id, name
    ), account as (
      select * from known union all select * from made
    ), member as (
      insert into members (workspace_id, person_id, role) select ${workspaceId}, person_id, 'member' from account
      on conflict (workspace_id, person_id) do nothing
    )
    select id as "accountId", person_id as "personId", name from account`);
  if (!met) throw new RetryError(`account ${platform} ${platformId} was made meanwhile`);
  return met;
}

function isNamed(typed: string, mention: Mention | undefined) {
  if (!mention) return sql`lower(${accounts.name}) = lower(${typed.slice(1)})`;
  const { platformId, name } = mention;
  return platformId === undefined
    ? sql`lower(${accounts.username}) = lower(${name})`
    : eq(accounts.platformId, platformId);
}

/** What of a kind the platform says that a text begins with, spelled as it stands in the text; of several the longest. */
export function findMention(
  mentions: readonly Mention[] = [],
  kind: Mention['kind'],
  text: string,
): { mention: Mention; typed: string } | undefined {
  const [found] = mentions
    .filter((mention) => mention.kind === kind)
    .map((mention) => ({ mention, typed: cleanText(mention.typed).normalize('NFKC').trim() }))
    .filter(({ typed }) => typed !== '' && text.startsWith(typed) && /^(\s|$)/.test(text.slice(typed.length)))
    .toSorted((one, other) => other.typed.length - one.typed.length);
  return found;
}

/**
 * The platform's role that a text begins with, and what stands behind: one that the platform says that it names, `everyone` or
 * `admins`, or the name of one that is mapped.
 * @throws {UserError} `platformRole.missing`, `platformRole.unknown`
 */
export function findMentionedRole(
  { call }: Pick<CommandContext, 'call'>,
  mapped: readonly RoleMapping[],
  text: string,
): { found: Pick<RoleMapping, 'platformRole' | 'name'>; rest: string } {
  const named = findMention(call.mentions, 'role', text);
  if (named?.mention.platformId !== undefined) {
    const { platformId, name } = named.mention;
    return { found: { platformRole: platformId, name }, rest: text.slice(named.typed.length).trim() };
  }
  const [, typed = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  if (typed === '') throw new UserError('platformRole.missing', { text });
  const name = typed.replace(/^@/, '').toLowerCase();
  if (name === everyone || name === admins) return { found: { platformRole: name, name }, rest };
  const ofName = mapped.find((one) => text.toLowerCase().startsWith(`@${one.name.toLowerCase()} `));
  if (!ofName) throw new UserError('platformRole.unknown', { name: typed });
  return { found: ofName, rest: text.slice(ofName.name.length + 1).trim() };
}
