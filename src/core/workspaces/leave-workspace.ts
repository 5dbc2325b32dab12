import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { workspaces } from '#db/schema/index.ts';

/** The bot was taken out of a workspace: all of it is deleted thirty days later, unless it is heard from before. */
export async function leaveWorkspace(
  deps: Pick<Deps, 'db' | 'now' | 'identities' | 'log'>,
  platform: string,
  platformId: string,
): Promise<void> {
  const left = await deps.db
    .update(workspaces)
    .set({ goneAt: deps.now() })
    .where(and(eq(workspaces.platform, platform), eq(workspaces.platformId, platformId), isNull(workspaces.goneAt)))
    .returning({ id: workspaces.id });
  if (left.length === 0) return;
  // Whoever speaks there again has it looked up, and so found to be back.
  await deps.db.execute(sql`select pg_notify('easel_identities', '')`);
  deps.identities.clear();
  deps.log.info({ platform, workspaceId: left[0]?.id }, 'the bot was taken out of a workspace');
}

/** The bot is in a workspace that it may have been taken out of: then nothing of it is deleted. */
export async function returnToWorkspace(
  deps: Pick<Deps, 'db' | 'log'>,
  platform: string,
  platformId: string,
): Promise<void> {
  const back = await deps.db
    .update(workspaces)
    .set({ goneAt: null })
    .where(and(eq(workspaces.platform, platform), eq(workspaces.platformId, platformId), isNotNull(workspaces.goneAt)))
    .returning({ id: workspaces.id });
  if (back.length > 0) deps.log.info({ platform, workspaceId: back[0]?.id }, 'the bot is in a workspace again');
}
