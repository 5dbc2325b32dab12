import { and, desc, eq, isNull, or, sql } from 'drizzle-orm';
import { type Database, inWorkspace, type Tx } from '#db/client.ts';
import { playgroundMessages, workspaces } from '#db/schema/index.ts';

/** Keeps the built-in web chat's messages; `C` is what a message holds, as JSON. */
export function createPlaygroundStore<C>(db: Database, room: { platformId: string; name: string }) {
  let known: Promise<string> | undefined;

  async function ensureWorkspace(): Promise<string> {
    const values = { platform: 'playground', platformId: room.platformId, name: room.name };
    const [row] = await db
      .insert(workspaces)
      .values(values)
      .onConflictDoUpdate({ target: [workspaces.platform, workspaces.platformId], set: { name: room.name } })
      .returning({ id: workspaces.id });
    if (!row) throw new Error('the playground has no workspace');
    return row.id;
  }

  async function workspaceId(): Promise<string> {
    known ??= ensureWorkspace();
    // Whoever asked gets the error; the next one asks anew.
    known.catch(() => {
      known = undefined;
    });
    return known;
  }

  async function inRoom<T>(run: (tx: Tx, id: string) => Promise<T>): Promise<T> {
    const id = await workspaceId();
    return inWorkspace(db, id, (tx) => run(tx, id));
  }

  type Row = typeof playgroundMessages.$inferSelect;
  const message = (row: Row) => ({ ...row, content: row.content as C });
  const changed = (tx: Tx, id: string) => tx.execute(sql`select pg_notify('easel_messages', ${id})`);

  return {
    workspaceId,
    async add(added: { key: string; author: string; reader: string | null; content: C }) {
      return inRoom(async (tx, id) => {
        const [row] = await tx
          .insert(playgroundMessages)
          .values({ ...added, workspaceId: id })
          .onConflictDoNothing()
          .returning();
        if (row) {
          await changed(tx, row.id);
          return message(row);
        }
        const [there] = await tx.select().from(playgroundMessages).where(eq(playgroundMessages.key, added.key));
        if (!there) throw new Error('a message that is there cannot be seen');
        return message(there);
      });
    },
    async edit(id: string, content: C) {
      return inRoom(async (tx) => {
        const [row] = await tx
          .update(playgroundMessages)
          .set({ content, edits: sql`${playgroundMessages.edits} + 1` })
          .where(eq(playgroundMessages.id, id))
          .returning();
        if (!row) return undefined;
        await changed(tx, id);
        return message(row);
      });
    },
    async publish(id: string) {
      await inRoom(async (tx) => {
        await tx.update(playgroundMessages).set({ reader: null }).where(eq(playgroundMessages.id, id));
        await changed(tx, id);
      });
    },
    async find(id: string) {
      return inRoom(async (tx) => {
        const [row] = await tx.select().from(playgroundMessages).where(eq(playgroundMessages.id, id));
        return row ? message(row) : undefined;
      });
    },
    async list(reader: string, limit: number) {
      return inRoom(async (tx, id) => {
        const rows = await tx
          .select()
          .from(playgroundMessages)
          .where(
            and(
              eq(playgroundMessages.workspaceId, id),
              or(isNull(playgroundMessages.reader), eq(playgroundMessages.reader, reader)),
            ),
          )
          .orderBy(desc(playgroundMessages.position))
          .limit(limit);
        return rows.reverse().map(message);
      });
    },
  };
}
