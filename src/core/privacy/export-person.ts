import { inArray } from 'drizzle-orm';
import { packZip, type ZipPlan } from '#core/batches/zip-pictures.ts';
import type { Deps } from '#core/deps.ts';
import { findParts } from '#core/privacy/erase-people.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { type PersonRow, readPersonData } from '#db/person-data.ts';
import { accounts, people, workspaces } from '#db/schema/index.ts';

/** Changes when documents get another shape; README.md describes it. */
const version = 1;

interface Kept {
  blob: string;
  name: string;
}

/**
 * Lays out all that is kept about a person, of every workspace and account, as one zip: a JSON document a kind of row and workspace, and the
 * pictures, unless they are left out. The same rows give the same bytes.
 */
export async function planExport(
  deps: Pick<Deps, 'db' | 'blobs'>,
  personId: string,
  { alone = false } = {},
): Promise<Omit<ZipPlan, 'missing'>> {
  const { about, found } = await acrossWorkspaces(deps.db, async (tx) => {
    const ids = await findParts(tx, personId);
    const data = await readPersonData(tx, ids);
    const names = [...new Set(data.map(({ workspaceId }) => workspaceId))];
    return {
      found: data,
      about: {
        format: 'easel-export',
        version,
        person: personId,
        people: await tx.select().from(people).where(inArray(people.id, ids)).orderBy(people.createdAt),
        accounts: await tx.select().from(accounts).where(inArray(accounts.personId, ids)).orderBy(accounts.createdAt),
        workspaces: await tx
          .select()
          .from(workspaces)
          .where(inArray(workspaces.id, names))
          .orderBy(workspaces.createdAt),
      },
    };
  });
  const kept = new Map<string, Kept>();
  for (const { name, rows } of alone ? [] : found)
    for (const row of rows) for (const file of filesOf(name, row)) kept.set(file.name, file);
  const sized = await Promise.all(
    [...kept.values()].map(async (file) => ({ ...file, size: await deps.blobs.size(file.blob) })),
  );
  const newest = found.flatMap(({ rows }) => rows.map((row) => Date.parse(String(row.created_at ?? row.at ?? 0)) || 0));
  return packZip({
    documents: [
      { name: 'about.json', text: print(about) },
      ...found.map(({ name, workspaceId, rows }) => ({
        name: `workspaces/${workspaceId}/${name}.json`,
        text: print(rows),
      })),
    ],
    files: sized.flatMap(({ size, ...file }) => (size === undefined ? [] : [{ ...file, size }])),
    // What a zip can tell begins with 1980.
    modifiedAt: new Date(newest.reduce((latest, at) => Math.max(latest, at), Date.UTC(2000, 0, 1))),
  });
}

const print = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

interface Stored {
  blob?: string;
  type?: string;
}

/** Pictures by batch and number; everything else that is stored by its key. */
function filesOf(name: string, row: PersonRow): Kept[] {
  const byKey = ({ blob, type }: Stored): Kept[] => {
    const [workspace, hash] = blob?.split('/') ?? [];
    return blob && hash ? [{ blob, name: `workspaces/${workspace}/files/${hash}${type ? `.${type}` : ''}` }] : [];
  };
  const all = (value: unknown) => (Array.isArray(value) ? (value as Stored[]).flatMap(byKey) : []);
  switch (name) {
    case 'batches':
      return [...all(row.inputs), ...all(row.sheets)];
    case 'drafts':
      return all((row.plan as { inputs?: unknown }).inputs);
    case 'messages':
      return all((row.content as { files?: unknown }).files);
    case 'images': {
      const { original: blob, type, batch_id: batch, number, workspace_id: workspace } = row;
      const picture = { blob: String(blob), name: `workspaces/${workspace}/pictures/${batch}-${number}.${type}` };
      return [...(blob === null ? [] : [picture]), ...(row.source === null ? [] : byKey(row.source as Stored))];
    }
    default:
      return [];
  }
}
