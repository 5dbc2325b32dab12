import { type SQL, sql } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';

/** What stands where somebody's words stood: messages that are shown anew need some. */
export const erasedWords = '–';

/** Lists for `in`, of which neither is ever empty. */
const list = (ids: readonly string[]) =>
  sql`(${sql.join(
    ids.map((id) => sql`${id}::uuid`),
    sql`, `,
  )})`;

/** Messages of the built-in chat that these people wrote, or that they alone may read. */
const ownMessages = (ids: readonly string[]) => sql`exists (
  select from accounts a join workspaces w on w.platform = a.platform
  where a.person_id in ${list(ids)} and w.id = m.workspace_id and (m.author = a.platform_id or m.reader = a.platform_id))`;

const ownBatches = (ids: readonly string[]) => sql`(select id from batches where person_id in ${list(ids)})`;

/** Every row that is about a person, by the name of its document; without what is the machinery's. */
const documents: Record<string, (ids: readonly string[]) => SQL> = {
  members: (ids) =>
    sql`select workspace_id, to_jsonb(t) as row from members t where person_id in ${list(ids)} order by 1, role`,
  batches: (ids) =>
    sql`select workspace_id, to_jsonb(t) as row from batches t where person_id in ${list(ids)} order by created_at, id`,
  images: (ids) => sql`
    select workspace_id, to_jsonb(t) - 'worker_id' - 'request_hash' - 'handle' - 'partial' as row
    from images t where person_id in ${list(ids)} order by id`,
  postings: (ids) => sql`
    select workspace_id, to_jsonb(t) - 'handle' as row from postings t where batch_id in ${ownBatches(ids)} order by id`,
  ledger: (ids) =>
    sql`select workspace_id, to_jsonb(t) as row from ledger t where person_id in ${list(ids)} order by id`,
  quotas: (ids) =>
    sql`select workspace_id, to_jsonb(t) as row from quotas t where person_id in ${list(ids)} order by period`,
  drafts: (ids) =>
    sql`select workspace_id, to_jsonb(t) as row from drafts t where person_id in ${list(ids)} order by id`,
  approvals: (ids) =>
    sql`select workspace_id, to_jsonb(t) as row from approvals t where person_id in ${list(ids)} order by created_at, id`,
  grants: (ids) =>
    sql`select workspace_id, to_jsonb(t) as row from grants t where person_id in ${list(ids)} order by id`,
  notices: (ids) =>
    sql`select workspace_id, to_jsonb(t) as row from notices t where person_id in ${list(ids)} order by id`,
  presets: (ids) => sql`
    select workspace_id, to_jsonb(t) as row from presets t where scope = 'person' and scope_id in ${list(ids)} order by name`,
  links: (ids) => sql`
    select workspace_id, to_jsonb(t) - 'token_hash' as row from download_links t where person_id in ${list(ids)} order by created_at`,
  replies: (ids) => sql`
    select workspace_id, to_jsonb(t) as row from calls t where person_id in ${list(ids)} order by created_at, delivery_key`,
  audit: (ids) => sql`
    select t.workspace_id, to_jsonb(t) || jsonb_build_object('text', x.text) as row
    from audit_entries t left join audit_texts x on x.workspace_id = t.workspace_id and x.n = t.n
    where t.person_id in ${list(ids)} or t.subject in ${subjects(ids)} order by t.workspace_id, t.n`,
  messages: (ids) => sql`
    select workspace_id, to_jsonb(m) as row from playground_messages m where ${ownMessages(ids)} order by position`,
};

const subjects = (ids: readonly string[]) =>
  sql`(${sql.join(
    ids.map((id) => sql`${`person:${id}`}`),
    sql`, `,
  )})`;

export type PersonRow = Record<string, unknown>;

/** All rows about a person who is these, by document and workspace; for a transaction that sees every workspace. */
export async function readPersonData(
  tx: Tx,
  ids: readonly string[],
): Promise<{ name: string; workspaceId: string; rows: PersonRow[] }[]> {
  const found = [];
  for (const [name, query] of Object.entries(documents)) {
    const rows = await tx.execute<{ workspace_id: string; row: PersonRow }>(query(ids));
    for (const [workspaceId, own] of Map.groupBy(rows, (row) => row.workspace_id)) {
      found.push({ name, workspaceId, rows: own.map(({ row }) => row) });
    }
  }
  return found;
}

/** Puts `erasedWords` in place of what was typed for batches, and has what shows them shown anew. */
export async function eraseWords(tx: Tx, batchesOf: SQL): Promise<void> {
  await tx.execute(sql`
    update postings set wanted = wanted + 1, attempts = 0, failure = null, due_at = now()
    where batch_id in (select id from batches where id in ${batchesOf} and prompt <> ${erasedWords}) and ref is not null`);
  await tx.execute(sql`
    delete from cached_results c using images i where i.batch_id in ${batchesOf}
      and c.workspace_id = i.workspace_id and c.request_hash = i.request_hash`);
  await tx.execute(sql`
    update images set prompt = ${erasedWords}, enhanced = null, negative = null, name = null, request_hash = null, handle = null,
      failure_detail = null
    where batch_id in ${batchesOf} and (prompt <> ${erasedWords} or enhanced is not null)`);
  await tx.execute(sql`
    update batches set prompt = ${erasedWords}, line = null where id in ${batchesOf} and prompt <> ${erasedWords}`);
}

/** Lets go of what batches were made from, and of their contact sheets; their pictures are `deletePictures`' to delete. */
export async function eraseFiles(tx: Tx, batchesOf: SQL): Promise<void> {
  await release(
    tx,
    sql`select workspace_id, item ->> 'blob' as blob from batches, jsonb_array_elements(inputs || sheets) item where id in ${batchesOf}
      union all select workspace_id, source ->> 'blob' from images where batch_id in ${batchesOf} and source is not null
      union all select workspace_id, partial from images where batch_id in ${batchesOf}`,
  );
  await tx.execute(sql`
    update images set source = null, partial = null
    where batch_id in ${batchesOf} and (source is not null or partial is not null)`);
  await tx.execute(sql`
    update batches set inputs = '[]', sheets = '[]' where id in ${batchesOf} and (inputs <> '[]' or sheets <> '[]')`);
}

/** Blobs that rows are about to let go of; each is removed where no other row needs it. */
export async function release(tx: Tx, blobs: SQL): Promise<void> {
  await tx.execute(sql`
    insert into released_blobs (workspace_id, blob)
    select distinct workspace_id, blob from (${blobs}) held where blob is not null order by 1, 2
    on conflict (workspace_id, blob) do update set created_at = now()`);
}

/**
 * Takes a person out of every table: words, files, replies, links and names. Books and the log keep ids that lead nowhere. What was
 * posted is still to be shown anew; `eraseTrail` takes that. Run again, it takes what came meanwhile.
 */
export async function erasePersonData(tx: Tx, ids: readonly string[]): Promise<void> {
  const people = list(ids);
  await eraseWords(tx, ownBatches(ids));
  await eraseFiles(tx, ownBatches(ids));
  await release(
    tx,
    sql`select workspace_id, item ->> 'blob' as blob from drafts, jsonb_array_elements(plan -> 'inputs') item where person_id in ${people}
      union all select workspace_id, item ->> 'blob' from playground_messages m, jsonb_array_elements(content -> 'files') item
        where content ->> 'kind' = 'typed' and ${ownMessages(ids)}`,
  );
  await tx.execute(sql`delete from playground_messages m where ${ownMessages(ids)}`);
  await tx.execute(sql`delete from notices where person_id in ${people}`);
  // In the order in which a decision locks them.
  await tx.execute(sql`delete from drafts where person_id in ${people}`);
  await tx.execute(sql`delete from approvals where person_id in ${people}`);
  await tx.execute(sql`delete from presets where scope = 'person' and scope_id in ${people}`);
  await tx.execute(sql`delete from download_links where person_id in ${people} or batch_id in ${ownBatches(ids)}`);
  await tx.execute(sql`delete from calls where person_id in ${people}`);
  await tx.execute(sql`
    delete from audit_texts x using audit_entries e where e.workspace_id = x.workspace_id and e.n = x.n
      and (e.person_id in ${people} or e.subject in ${subjects(ids)})`);
  await tx.execute(sql`delete from file_links where kind = 'person' and subject_id in ${people}`);
  await tx.execute(sql`
    delete from link_codes c using accounts a where a.id = c.account_id and a.person_id in ${people}`);
  await tx.execute(sql`
    update channels c set name = '' from accounts a, workspaces w where a.person_id in ${people} and w.id = c.workspace_id
      and w.platform = a.platform and (c.name = a.name or c.platform_id = a.platform_id) and c.name <> ''`);
  await tx.execute(sql`delete from members where person_id in ${people}`);
  await tx.execute(sql`delete from accounts where person_id in ${people}`);
}

/** Where a person spoke and what was posted there, once that was shown anew or cannot be. */
export async function eraseTrail(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    delete from playground_messages m using postings p where p.batch_id in ${ownBatches(ids)} and m.id::text = p.ref ->> 'message'`);
  await tx.execute(sql`delete from postings where batch_id in ${ownBatches(ids)}`);
  await tx.execute(sql`
    update batches set conversation = null, asked_conversation = null where id in ${ownBatches(ids)} and conversation is not null`);
}
