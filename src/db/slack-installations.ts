import { and, eq, sql } from 'drizzle-orm';
import { acrossWorkspaces, type Database, inWorkspace, type Tx } from '#db/client.ts';
import { type Keys, keyIdOf, SealError } from '#db/keys.ts';
import { slackInstallations, workspaces } from '#db/schema/index.ts';
import { StartupError } from '#db/startup-error.ts';

const platform = 'slack';

/** Keeps what the app was given where it was installed by OAuth, sealed; `I` is an installation, as JSON. */
export function createSlackInstallations<I>(db: Database, keys: Keys) {
  const about = (workspaceId: string) => `slack_installations ${workspaceId}`;

  async function findWorkspace(team: string): Promise<string | undefined> {
    const [row] = await db
      .select({ id: workspaces.id })
      .from(workspaces)
      .where(and(eq(workspaces.platform, platform), eq(workspaces.platformId, team)));
    return row?.id;
  }

  async function findSealed(tx: Tx, workspaceId: string, { lock = false } = {}): Promise<string | undefined> {
    const found = tx
      .select({ sealed: slackInstallations.sealed })
      .from(slackInstallations)
      .where(eq(slackInstallations.workspaceId, workspaceId));
    const [row] = await (lock ? found.for('update') : found);
    return row?.sealed;
  }

  const listSealed = () =>
    acrossWorkspaces(db, (tx) =>
      tx.select({ id: slackInstallations.workspaceId, sealed: slackInstallations.sealed }).from(slackInstallations),
    );

  return {
    async save(team: { id: string; name: string }, installation: I): Promise<void> {
      const [row] = await db
        .insert(workspaces)
        .values({ platform, platformId: team.id, name: team.name })
        .onConflictDoUpdate({
          target: [workspaces.platform, workspaces.platformId],
          set: { name: team.name, goneAt: null },
        })
        .returning({ id: workspaces.id });
      if (!row) throw new Error('the workspace of an installation was not written');
      const { id } = row;
      const sealed = keys.seal(JSON.stringify(installation), about(id));
      await inWorkspace(db, id, (tx) =>
        tx
          .insert(slackInstallations)
          .values({ workspaceId: id, sealed })
          .onConflictDoUpdate({ target: slackInstallations.workspaceId, set: { sealed, updatedAt: sql`now()` } }),
      );
    },

    /** @throws {SealError} where it does not open. */
    async find(team: string): Promise<I | undefined> {
      const id = await findWorkspace(team);
      if (id === undefined) return undefined;
      const sealed = await inWorkspace(db, id, (tx) => findSealed(tx, id));
      return sealed === undefined ? undefined : (JSON.parse(keys.open(sealed, about(id))) as I);
    },

    /** The tokens are gone; the workspace is marked as one that has left. */
    async remove(team: string): Promise<void> {
      const id = await findWorkspace(team);
      if (id === undefined) return;
      await inWorkspace(db, id, async (tx) => {
        await tx.delete(slackInstallations).where(eq(slackInstallations.workspaceId, id));
        await tx.update(workspaces).set({ goneAt: sql`now()` }).where(eq(workspaces.id, id));
      });
    },

    /** @throws {StartupError} where a stored secret needs a key that is not there. */
    async check(): Promise<void> {
      const missing = new Set<string>();
      for (const { id, sealed } of await listSealed()) {
        try {
          keys.open(sealed, about(id));
        } catch (error) {
          if (!(error instanceof SealError)) throw error;
          missing.add(error.missingKey ?? `${keyIdOf(sealed)} as it was`);
        }
      }
      if (missing.size === 0) return;
      throw new StartupError(
        `EASEL_KEYS lacks keys that stored secrets were written with: ${[...missing].join(', ')}.`,
      );
    },

    /** Writes anew what is not sealed with the newest key; resolves to how many there were. */
    async rotate(): Promise<number> {
      const old = (await listSealed()).filter(({ sealed }) => keyIdOf(sealed) !== keys.newest);
      for (const { id } of old) {
        await inWorkspace(db, id, async (tx) => {
          // A token that is renewed meanwhile is not written over.
          const sealed = await findSealed(tx, id, { lock: true });
          if (sealed === undefined) return;
          await tx
            .update(slackInstallations)
            .set({ sealed: keys.seal(keys.open(sealed, about(id)), about(id)) })
            .where(eq(slackInstallations.workspaceId, id));
        });
      }
      return old.length;
    },
  };
}

export type SlackInstallations<I> = ReturnType<typeof createSlackInstallations<I>>;
