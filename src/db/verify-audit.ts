import { createHash } from 'node:crypto';
import postgres from 'postgres';

/** What is wrong with a workspace's audit log: at entry `n`, or at its end where `n` is the head's. */
export interface AuditFault {
  workspaceId: string;
  n: number;
  fault:
    | 'missing'
    | 'changed'
    | 'text changed'
    | 'text without entry'
    | 'cut short'
    | 'end does not fit'
    | 'end missing';
}

export interface AuditEnd {
  workspaceId: string;
  n: number;
  hash: string;
}

interface Entry {
  n: number;
  /** The values that are hashed, in order, each as JSON as the database stores it. */
  values: string[];
  textHash: string | null;
  hash: string;
  salt: string | null;
  text: string | null;
}

const rowsAtOnce = 1_000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * Reads every workspace's audit log in one snapshot and computes its chain anew, from the rows: what was removed, changed, put in or
 * moved no longer fits. Who owns the database could write a whole chain anew, with its end: that shows against an end
 * that was noted elsewhere. `url` is that of the owner of the tables.
 */
export async function verifyAudit(url: string): Promise<{ ends: AuditEnd[]; faults: AuditFault[] }> {
  const client = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await client.begin('isolation level repeatable read read only', async (tx) => {
      const chains = await tx<{ id: string; headN: number | null; headHash: string | null }[]>`
        select w.id, h.n as "headN", h.hash as "headHash" from (
          select workspace_id as id from audit_heads union select workspace_id from audit_entries
          union select workspace_id from audit_texts) w
        left join audit_heads h on h.workspace_id = w.id order by w.id`;
      const ends: AuditEnd[] = [];
      const faults: AuditFault[] = [];
      for (const { id, headN, headHash } of chains) {
        const end = await followChain(readEntries(tx, id), (n, fault) => faults.push({ workspaceId: id, n, fault }));
        if (headN === null) faults.push({ workspaceId: id, n: end.n, fault: 'end missing' });
        else if (headN > end.n) faults.push({ workspaceId: id, n: end.n + 1, fault: 'cut short' });
        else if (headN < end.n || headHash !== end.hash)
          faults.push({ workspaceId: id, n: headN, fault: 'end does not fit' });
        ends.push({ workspaceId: id, ...end });
        const [stray] = await tx<{ n: number }[]>`
          select n from audit_texts t where workspace_id = ${id} and not exists (
            select from audit_entries e where e.workspace_id = t.workspace_id and e.n = t.n) order by n limit 1`;
        if (stray) faults.push({ workspaceId: id, n: stray.n, fault: 'text without entry' });
      }
      return { ends, faults };
    });
  } finally {
    await client.end();
  }
}

async function* readEntries(tx: postgres.TransactionSql, workspaceId: string): AsyncGenerator<Entry> {
  const cursor = tx<Entry[]>`
    select e.n, e.text_hash as "textHash", e.hash, t.salt, t.text, array(select coalesce(value, 'null') from unnest(array[
      to_json(e.workspace_id)::text, e.n::text, to_json(to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text,
      to_json(e.person_id)::text, to_json(e.channel_id)::text, to_json(e.request_id)::text, to_json(e.act)::text,
      to_json(e.subject)::text, e.before::text, e.after::text]) with ordinality as part (value, place) order by place) as values
    from audit_entries e left join audit_texts t on t.workspace_id = e.workspace_id and t.n = e.n
    where e.workspace_id = ${workspaceId} order by e.n`.cursor(rowsAtOnce);
  for await (const rows of cursor) yield* rows;
}

/** Each fault is told once: what follows is measured against the hash that stands there. */
async function followChain(
  entries: AsyncIterable<Entry>,
  tell: (n: number, fault: AuditFault['fault']) => void,
): Promise<{ n: number; hash: string }> {
  let end = { n: 0, hash: '' };
  for await (const { n, values, textHash, hash, salt, text } of entries) {
    if (n !== end.n + 1) tell(end.n + 1, 'missing');
    else if (hash !== sha256(`${end.hash}${printEntry(values, textHash)}`)) tell(n, 'changed');
    if (salt !== null && sha256(`${salt}${text}`) !== textHash) tell(n, 'text changed');
    end = { n, hash };
  }
  return end;
}

/** As PostgreSQL prints a jsonb array. */
function printEntry(values: readonly string[], textHash: string | null): string {
  return `[${[...values, ...(textHash === null ? [] : [JSON.stringify(textHash)])].join(', ')}]`;
}
