import { and, eq, inArray, isNotNull, ne, sql } from 'drizzle-orm';
import { forgetLiveSheet } from '#core/batches/live-sheet.ts';
import type { Deps } from '#core/deps.ts';
import type { ChatPlatform } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import { ensureChannel } from '#core/workspaces/ensure-channel.ts';
import { acrossWorkspaces, inWorkspace } from '#db/client.ts';
import { accounts, batches, channels, postings, workspaces } from '#db/schema/index.ts';

const rowsMax = 200;

/** One batch's messages that are owed to a channel that is gone. */
interface Stranded {
  workspaceId: string;
  workspacePlatformId: string;
  platform: string;
  batchId: string;
  channelId: string;
  /** The batch's own channel; another one means that this is the second try. */
  batchChannelId: string | null;
  /** Somebody asked for it there after the channel was found gone, so it is there again. */
  isBack: boolean;
  account: string;
}

/**
 * Messages owed to a channel that is gone go to the person who asked, once; what they do not take either is given up.
 * What was asked for in it since then is posted there: the command met the channel before its process knew of it.
 * The batch keeps its pictures, and `/status` and `/show` have them.
 */
export async function rerouteGone(deps: Pick<Deps, 'db' | 'log' | 'platforms' | 'blobs' | 'sheets'>): Promise<void> {
  for (const stranded of await findStranded(deps)) {
    const platform = deps.platforms.get(stranded.platform);
    if (!platform) continue;
    const log = deps.log.child({ batchId: stranded.batchId, channelId: stranded.channelId });
    try {
      if (stranded.isBack) await reopen(deps, stranded);
      else if (stranded.channelId !== stranded.batchChannelId) await giveUp(deps, stranded);
      else await moveToDirect(deps, platform, stranded);
      log.info('what was owed to a channel that is gone was dealt with');
    } catch (error) {
      const hopeless = error instanceof DeliveryError && !error.retryable;
      if (hopeless) await giveUp(deps, stranded);
      log.warn({ err: error, hopeless }, 'the person could not be written to instead');
    }
  }
}

function findStranded(deps: Pick<Deps, 'db' | 'platforms'>): Promise<Stranded[]> {
  return acrossWorkspaces(deps.db, (tx) =>
    tx
      .selectDistinct({
        workspaceId: postings.workspaceId,
        workspacePlatformId: workspaces.platformId,
        platform: workspaces.platform,
        batchId: postings.batchId,
        channelId: postings.channelId,
        batchChannelId: batches.channelId,
        isBack: sql<boolean>`${batches.channelId} = ${channels.id} and ${batches.createdAt} > ${channels.goneAt}`,
        account: accounts.platformId,
      })
      .from(postings)
      .innerJoin(channels, eq(channels.id, postings.channelId))
      .innerJoin(workspaces, eq(workspaces.id, postings.workspaceId))
      .innerJoin(batches, eq(batches.id, postings.batchId))
      .innerJoin(
        accounts,
        and(eq(accounts.personId, batches.personId), sql`${accounts.platform} = ${workspaces.platform}`),
      )
      .where(
        and(
          sql`${postings.wanted} > ${postings.shown}`,
          isNotNull(channels.goneAt),
          inArray(workspaces.platform, [...deps.platforms.keys()]),
        ),
      )
      .limit(rowsMax),
  );
}

async function reopen(deps: Pick<Deps, 'db'>, { workspaceId, channelId }: Stranded): Promise<void> {
  await inWorkspace(deps.db, workspaceId, async (tx) => {
    await tx.update(channels).set({ goneAt: null }).where(eq(channels.id, channelId));
    await tx.execute(sql`select pg_notify('easel_postings', '')`);
  });
}

async function moveToDirect(deps: Pick<Deps, 'db'>, platform: ChatPlatform, stranded: Stranded): Promise<void> {
  const { conversation, channel } = await platform.direct(stranded.workspacePlatformId, stranded.account);
  await inWorkspace(deps.db, stranded.workspaceId, async (tx) => {
    // What is shown there already is not posted twice.
    await tx
      .update(postings)
      .set({ shown: sql`${postings.wanted}`, failure: 'gone' })
      .where(and(owed(stranded), ne(postings.kind, 'status'), isNotNull(postings.ref)));
    const channelId = await ensureChannel(tx, stranded.workspaceId, channel);
    if (channelId === stranded.channelId) {
      throw new DeliveryError('gone', 'the channel that is gone is the direct one', { retryable: false });
    }
    await tx
      .update(postings)
      .set({ conversation, channelId, ref: null, handle: null, shown: 0, attempts: 0, dueAt: sql`now()` })
      .where(owed(stranded));
    await tx.execute(sql`select pg_notify('easel_postings', '')`);
  });
}

async function giveUp(deps: Pick<Deps, 'db' | 'blobs' | 'sheets'>, stranded: Stranded): Promise<void> {
  await forgetLiveSheet(deps, { workspaceId: stranded.workspaceId, id: stranded.batchId });
  await inWorkspace(deps.db, stranded.workspaceId, (tx) =>
    tx
      .update(postings)
      .set({ shown: sql`${postings.wanted}`, failure: 'gone' })
      .where(owed(stranded)),
  );
}

function owed({ batchId, channelId }: Stranded) {
  return and(
    eq(postings.batchId, batchId),
    eq(postings.channelId, channelId),
    sql`${postings.wanted} > ${postings.shown}`,
  );
}
