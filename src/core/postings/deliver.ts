import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import { renderCard } from '#core/batches/render-card.ts';
import { renderGallery } from '#core/batches/render-gallery.ts';
import type { Deps } from '#core/deps.ts';
import {
  type ChatPlatform,
  type Conversation,
  DeliveryError,
  type MessageRef,
  type OutgoingMessage,
  type OutgoingPart,
} from '#core/ports/chat.ts';
import { workerIsGone } from '#core/workers.ts';
import { acrossWorkspaces, inWorkspace, type Tx } from '#db/client.ts';
import { batches, channels, postings } from '#db/schema/index.ts';

/** Channels that one process sends to at a time. */
const channelsAtOnce = 8;
/** Tries at one revision before a posting is given up; about twenty minutes with the waits between them. */
const attemptsMax = 12;
const retryFirstMs = 500;
const retryMaxMs = 5 * 60_000;

type DeliverDeps = Pick<Deps, 'db' | 'log' | 'platforms' | 'providers' | 'workerId' | 'busy'>;
type Posting = typeof postings.$inferSelect;
type Channel = typeof channels.$inferSelect;

/**
 * Shows what is owed and due, one message a channel, each rendered from the newest rows. A channel is held by one
 * process at a time; its next slot is set after the send. Resolves to how many channels were served.
 */
export async function deliverDue(deps: DeliverDeps): Promise<number> {
  const held = await claimChannels(deps);
  await Promise.all(
    held.map(async (channel) => {
      const busyKey = `channel:${channel.id}`;
      deps.busy.add(busyKey);
      try {
        await serveChannel(deps, channel);
      } finally {
        deps.busy.delete(busyKey);
      }
    }),
  );
  return held.length;
}

/** How long until something owed becomes due, in milliseconds; undefined when nothing is owed. */
export async function nextDueMs(deps: Pick<Deps, 'db' | 'platforms'>): Promise<number | undefined> {
  const [row] = await acrossWorkspaces(deps.db, (tx) =>
    tx.execute<{ ms: number | null }>(sql`
      select ceil(extract(epoch from min(greatest(p.due_at, c.next_send_at)) - now()) * 1000)::int as ms
      from postings p join channels c on c.id = p.channel_id
      where p.wanted > p.shown and c.gone_at is null and c.workspace_id in ${reachableWorkspaces(deps)}`),
  );
  return row?.ms === null || row === undefined ? undefined : Math.max(0, row.ms);
}

/** Those of platforms that are switched on here; what is owed elsewhere waits for a process that can send it. */
function reachableWorkspaces(deps: Pick<Deps, 'platforms'>): SQL {
  const ids = sql.join(
    [...deps.platforms.keys()].map((id) => sql`${id}`),
    sql`, `,
  );
  return sql`(select id from workspaces where platform = any(array[${ids}]::text[]))`;
}

async function claimChannels(deps: DeliverDeps): Promise<Channel[]> {
  const busy = [...deps.busy].filter((key) => key.startsWith('channel:')).map((key) => key.slice('channel:'.length));
  const busyIds = sql`array[${sql.join(
    busy.map((id) => sql`${id}`),
    sql`, `,
  )}]::uuid[]`;
  return acrossWorkspaces(deps.db, async (tx) => {
    const due = await tx
      .select({ id: channels.id })
      .from(channels)
      .where(
        sql`${channels.workspaceId} in ${reachableWorkspaces(deps)} and ${channels.goneAt} is null and ${channels.nextSendAt} <= now() and ${channels.id} <> all(${busyIds})
          and (${channels.workerId} = ${deps.workerId} or ${workerIsGone(channels.workerId)})
          and ${channels.id} in (select channel_id from postings where wanted > shown and due_at <= now())`,
      )
      .orderBy(asc(channels.nextSendAt))
      .limit(channelsAtOnce)
      .for('update', { skipLocked: true });
    if (due.length === 0) return [];
    return tx
      .update(channels)
      .set({ workerId: deps.workerId })
      .where(sql`${channels.id} in ${due.map((row) => row.id)}`)
      .returning();
  });
}

async function serveChannel(deps: DeliverDeps, channel: Channel): Promise<void> {
  const posting = await inWorkspace(deps.db, channel.workspaceId, (tx) => takeMostUrgent(tx, channel));
  if (!posting) return releaseChannel(deps, channel, 0);
  const log = deps.log.child({ batchId: posting.batchId, postingId: String(posting.id) });
  try {
    const requestId = await showPosting(deps, channel, posting);
    await releaseChannel(deps, channel, channel.limits.sendSpacingMs);
    const { kind, part, wanted, ref } = posting;
    log.info({ requestId, kind, part, revision: wanted, edited: ref !== null }, 'posted');
  } catch (error) {
    log.warn({ err: error, attempt: posting.attempts }, 'a message could not be posted');
    await handleFailure(deps, channel, posting, error);
  }
}

/** The try is counted before it is made, so that a repeat after a crash is known as one. */
async function takeMostUrgent(tx: Tx, channel: Channel): Promise<Posting | undefined> {
  const [next] = await tx
    .select({ id: postings.id })
    .from(postings)
    .where(and(eq(postings.channelId, channel.id), sql`wanted > shown and due_at <= now()`))
    .orderBy(desc(postings.final), asc(postings.id))
    .limit(1);
  if (!next) return undefined;
  const [posting] = await tx
    .update(postings)
    .set({ attempts: sql`${postings.attempts} + 1` })
    .where(eq(postings.id, next.id))
    .returning();
  return posting;
}

/** Renders the newest state and shows it; resolves to the id of the request that it belongs to. */
async function showPosting(deps: DeliverDeps, channel: Channel, posting: Posting): Promise<string> {
  const { batch, message } = await inWorkspace(deps.db, channel.workspaceId, (tx) =>
    render(tx, deps, channel, posting),
  );
  const { conversation } = batch;
  const platform = conversation ? deps.platforms.get(conversation.platform) : undefined;
  if (!conversation || !platform) throw new Error(`the platform of batch ${batch.id} is not switched on`);
  const part = message ? platform.split(message, channel.limits)[posting.part] : undefined;
  const ref = part ? await send(deps, platform, conversation, posting, part) : posting.ref;
  await saveShown(deps, posting, ref);
  return batch.requestId;
}

async function render(
  tx: Tx,
  deps: DeliverDeps,
  channel: Channel,
  posting: Posting,
): Promise<{ batch: Batch; message: OutgoingMessage | null }> {
  const [batch] = await tx.select().from(batches).where(eq(batches.id, posting.batchId));
  if (!batch) throw new Error(`posting ${posting.id} has no batch`);
  const message =
    posting.kind === 'status'
      ? await renderCard(tx, deps, batch, { live: channel.limits.liveImageEditMinMs !== null })
      : await renderGallery(tx, batch);
  return { batch, message };
}

async function send(
  deps: DeliverDeps,
  platform: ChatPlatform,
  conversation: Conversation,
  posting: Posting,
  part: OutgoingPart,
): Promise<MessageRef> {
  if (posting.ref) {
    await platform.edit(posting.ref, part);
    return posting.ref;
  }
  return platform.send(conversation, part, {
    key: `posting-${posting.id}`,
    // The command's own reply has had a try at the card before the outbox has.
    repeat: posting.kind === 'status' || posting.attempts > 1,
    ...(posting.handle === null ? {} : { handle: posting.handle }),
    saveHandle: async (handle) => {
      await inWorkspace(deps.db, posting.workspaceId, (tx) =>
        tx.update(postings).set({ handle }).where(eq(postings.id, posting.id)),
      );
    },
  });
}

async function saveShown(deps: DeliverDeps, posting: Posting, ref: MessageRef | null): Promise<void> {
  await inWorkspace(deps.db, posting.workspaceId, (tx) =>
    tx.update(postings).set({ shown: posting.wanted, ref, attempts: 0 }).where(eq(postings.id, posting.id)),
  );
}

async function releaseChannel(deps: DeliverDeps, channel: Channel, spacingMs: number): Promise<void> {
  await inWorkspace(deps.db, channel.workspaceId, (tx) =>
    tx
      .update(channels)
      .set({ workerId: null, nextSendAt: sql`now() + make_interval(secs => ${spacingMs / 1000})` })
      .where(eq(channels.id, channel.id)),
  );
}

/** Waits and tries again; a channel that is gone, or a message that never fits, is recorded once and given up. */
async function handleFailure(deps: DeliverDeps, channel: Channel, posting: Posting, error: unknown): Promise<void> {
  const delivery = error instanceof DeliveryError ? error : undefined;
  const hopeless = (delivery && !delivery.retryable) || posting.attempts >= attemptsMax;
  const backoffMs = Math.min(retryMaxMs, retryFirstMs * 2 ** (posting.attempts - 1));
  await inWorkspace(deps.db, posting.workspaceId, async (tx) => {
    if (delivery?.reason === 'gone') {
      await tx.update(channels).set({ goneAt: sql`now()` }).where(eq(channels.id, channel.id));
    }
    await tx
      .update(postings)
      .set(
        hopeless
          ? { shown: posting.wanted, failure: delivery?.reason ?? 'error' }
          : { dueAt: sql`now() + make_interval(secs => ${backoffMs / 1000})` },
      )
      .where(eq(postings.id, posting.id));
  });
  await releaseChannel(deps, channel, delivery?.retryAfterMs ?? channel.limits.sendSpacingMs);
}
