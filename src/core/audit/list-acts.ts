import { and, desc, eq, lte, sql } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';
import { auditEntries, auditTexts } from '#db/schema/index.ts';

export type ListedAct = Awaited<ReturnType<typeof listActs>>[number];

/** Acts of a workspace's audit log, newest first, from number `from` back; names stand beside as far as they are still known. */
export function listActs(tx: Tx, workspaceId: string, { from, max }: { from?: number | undefined; max: number }) {
  return tx
    .select({
      n: auditEntries.n,
      at: auditEntries.at,
      personId: auditEntries.personId,
      person: nameOfPerson(sql`${auditEntries.personId}`),
      channelId: auditEntries.channelId,
      channel: nameOfChannel(sql`${auditEntries.channelId}`),
      requestId: auditEntries.requestId,
      act: auditEntries.act,
      subject: auditEntries.subject,
      subjectName: sql<string | null>`case split_part(${auditEntries.subject}, ':', 1)
        when 'person' then ${nameOfPerson(idIn('person'))} when 'channel' then ${nameOfChannel(idIn('channel'))} end`,
      before: auditEntries.before,
      after: auditEntries.after,
      text: auditTexts.text,
      hash: auditEntries.hash,
    })
    .from(auditEntries)
    .leftJoin(auditTexts, and(eq(auditTexts.workspaceId, auditEntries.workspaceId), eq(auditTexts.n, auditEntries.n)))
    .where(and(eq(auditEntries.workspaceId, workspaceId), ...(from === undefined ? [] : [lte(auditEntries.n, from)])))
    .orderBy(desc(auditEntries.n))
    .limit(max);
}

/** A subject that only looks like one names nobody. */
const idIn = (kind: string) =>
  sql`substring(${auditEntries.subject} from ${`^${kind}:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`})::uuid`;

/** As the account is called that is of the workspace's platform. */
const nameOfPerson = (id: ReturnType<typeof sql>) => sql<string | null>`(
  select a.name from accounts a join workspaces w on w.id = ${auditEntries.workspaceId} and w.platform = a.platform
  where a.person_id = ${id} or a.own_person_id = ${id} order by a.own_person_id = ${id} desc nulls last, a.created_at limit 1)`;

const nameOfChannel = (id: ReturnType<typeof sql>) =>
  sql<string | null>`(select c.name from channels c where c.id = ${id})`;
