import { eq, sql } from 'drizzle-orm';
import { forgetLiveSheet } from '#core/batches/live-sheet.ts';
import { forgetZip } from '#core/batches/posted-zip.ts';
import type { Deps } from '#core/deps.ts';
import type { ChatPlatform } from '#core/ports/chat.ts';
import { closedReasons, type DeliveryAttempt, DeliveryError, type MessageRef } from '#core/ports/delivery.ts';
import type { OutgoingPart } from '#core/ports/message.ts';
import { claimChannels } from '#core/postings/claim-channels.ts';
import { findMostUrgent, type Owed } from '#core/postings/find-most-urgent.ts';
import { blockBudget, keepForFinal } from '#core/postings/hold-budgets.ts';
import { mayBeShown } from '#core/postings/may-be-shown.ts';
import { raiseCard } from '#core/postings/raise-card.ts';
import { postpone, releaseChannel, saveShown } from '#core/postings/record-delivery.ts';
import { ownPart, preparePart, renderPosting } from '#core/postings/render-posting.ts';
import { rerouteGone } from '#core/postings/reroute.ts';
import { settleBudgets, takeBudgets } from '#core/postings/take-budgets.ts';
import { leaveWorkspace } from '#core/workspaces/leave-workspace.ts';
import { inWorkspace } from '#db/client.ts';
import { channels, postings } from '#db/schema/index.ts';

/** Tries at one revision before a posting is given up; about twenty minutes with the waits between them. */
const attemptsMax = 12;
/** Batches of more images get a thread of their own where the platform has such: more than one page of most. */
const longBatchImages = 10;
const retryFirstMs = 500;
const retryMaxMs = 5 * 60_000;

type DeliverDeps = Pick<
  Deps,
  | 'db'
  | 'log'
  | 'now'
  | 'platforms'
  | 'providers'
  | 'blobs'
  | 'sheets'
  | 'publicAddress'
  | 'pictureCheck'
  | 'workerId'
  | 'pulse'
  | 'busy'
  | 'identities'
>;
type Channel = typeof channels.$inferSelect;

/** Shows what is owed and due, one message a channel; resolves, to how many channels were served, once all are. */
export async function deliverDue(deps: DeliverDeps): Promise<number> {
  const serving = await startDeliveries(deps);
  await Promise.all(serving);
  return serving.length;
}

/**
 * Begins to show what is owed and due, one message a channel, each rendered from the newest rows; resolves to what is
 * under way, so that nobody waits for a slow send elsewhere. A channel is held by one process at a time; its next slot
 * is set after the send.
 */
export async function startDeliveries(deps: DeliverDeps): Promise<Promise<void>[]> {
  const held = await claimChannels(deps);
  return held.map(async (channel) => {
    const busyKey = `channel:${channel.id}`;
    deps.busy.add(busyKey);
    try {
      await serveChannel(deps, channel);
    } finally {
      deps.busy.delete(busyKey);
    }
  });
}

async function serveChannel(deps: DeliverDeps, channel: Channel): Promise<void> {
  const found = await inWorkspace(deps.db, channel.workspaceId, (tx) => findMostUrgent(tx, channel));
  if (!found) return releaseChannel(deps, channel, 0);
  const { posting } = found;
  const log = deps.log.child({ batchId: posting.batchId, postingId: String(posting.id) });
  const triedAt = performance.now();
  try {
    const { spacingMs } = await showPosting(deps, channel, found);
    await releaseChannel(deps, channel, spacingMs);
    const { kind, part, wanted, ref } = posting;
    if (spacingMs > 0)
      log.info({ requestId: found.batch.requestId, kind, part, revision: wanted, edited: ref !== null }, 'posted');
  } catch (error) {
    log.warn({ err: error, attempt: posting.attempts + 1 }, 'a message could not be posted');
    await handleFailure(deps, channel, found, { error, tookMs: performance.now() - triedAt });
  }
}

/** Renders the newest state and shows it where the platform's budgets allow it now; resolves to the channel's rest after it. */
async function showPosting(deps: DeliverDeps, channel: Channel, owed: Owed): Promise<{ spacingMs: number }> {
  const { posting } = owed;
  const { conversation } = posting;
  const platform = deps.platforms.get(conversation.platform);
  if (!platform) throw new Error(`the platform of batch ${posting.batchId} is not switched on`);
  const rendered = await inWorkspace(deps.db, channel.workspaceId, (tx) =>
    renderPosting(tx, deps, channel.limits, owed),
  );
  const own = ownPart(platform, channel.limits, posting, rendered);
  if (!own) {
    await saveShown(deps, posting, posting.ref, { shown: posting.wanted });
    return { spacingMs: 0 };
  }
  const { part, removed, replaced } = own;
  const urgency = posting.final ? 'final' : posting.ref ? 'progress' : 'first';
  const budgets = platform.budgets({
    kind: posting.ref ? 'edit' : 'send',
    workspace: owed.workspace,
    channel: (posting.ref ?? conversation).channel,
    images: part.images.length,
    ...(posting.ref ? { removed, replaced } : {}),
    urgency,
    repeat: mayBeShown(posting),
  });
  const take = await takeBudgets(deps, platform.id, budgets, { urgency });
  if ('waitMs' in take) {
    if (posting.final) await keepForFinal(deps, platform.id, budgets);
    await postpone(deps, posting, take.waitMs);
    return { spacingMs: 0 };
  }
  const pauses = new Map<string | undefined, number>();
  const used = new Map<string, number>();
  const attempt: DeliveryAttempt = {
    limits: channel.limits,
    workspace: owed.workspace,
    pause: (pauseMs, budget) => pauses.set(budget, Math.max(pauseMs, pauses.get(budget) ?? 0)),
    used: (budget, count) => used.set(budget, count),
    ...(posting.handle === null ? {} : { handle: posting.handle }),
    ...(owed.card ? { under: { card: owed.card, thread: owed.batch.total > longBatchImages } } : {}),
    saveHandle: async (handle) => {
      await inWorkspace(deps.db, posting.workspaceId, (tx) =>
        tx.update(postings).set({ handle }).where(eq(postings.id, posting.id)),
      );
    },
  };
  const ref = await preparePart(deps, owed, part, rendered.sheet)
    .then((prepared) => send(deps, platform, owed, prepared, attempt))
    .finally(async () => {
      if (posting.kind === 'zip') await forgetZip(deps, posting);
      await settleBudgets(deps, take.taken, (key) => used.get(key.split(':')[0] ?? key));
    });
  if (isLastState(owed)) await forgetLiveSheet(deps, owed.batch);
  const restMs = part.images.length > 0 && posting.kind === 'status' ? (channel.limits.liveImageEditMinMs ?? 0) : 0;
  // An earlier try may have shown what it was then, and a repeat finds that message.
  const shown = posting.ref === null && mayBeShown(posting) ? firstRevision : posting.wanted;
  await saveShown(deps, posting, ref, { shown, restMs });
  for (const [budget, pauseMs] of pauses) {
    if (budget !== undefined) await blockBudget(deps, platform.id, budget, pauseMs);
  }
  return { spacingMs: Math.max(channel.limits.sendSpacingMs, pauses.get(undefined) ?? 0, 1) };
}

/** The card of a batch whose pictures are owed, with its final sheets. */
const isLastState = ({ posting, batch }: Owed) => posting.kind === 'status' && batch.galleryAt !== null;

/** What a posting shows before anything has changed. */
const firstRevision = 1;

async function send(
  deps: DeliverDeps,
  platform: ChatPlatform,
  { posting }: Owed,
  part: OutgoingPart,
  attempt: DeliveryAttempt,
): Promise<MessageRef> {
  // Counted before it is made, so that a repeat after a crash is known as one.
  await inWorkspace(deps.db, posting.workspaceId, (tx) =>
    tx
      .update(postings)
      .set({ attempts: sql`${postings.attempts} + 1` })
      .where(eq(postings.id, posting.id)),
  );
  if (posting.ref) {
    await platform.edit(posting.ref, part, { ...attempt, to: posting.conversation });
    return posting.ref;
  }
  return platform.send(posting.conversation, part, {
    ...attempt,
    key: `posting-${posting.id}`,
    repeat: mayBeShown(posting),
  });
}

/**
 * Waits and tries again; a message that never fits, or that is not there any more, is given up. A channel that is gone or
 * closed to us is recorded once, and what is owed there goes to the people who asked. Pictures that are shown there stay:
 * the card says so.
 */
async function handleFailure(
  deps: DeliverDeps,
  channel: Channel,
  owed: Owed,
  { error, tookMs }: { error: unknown; tookMs: number },
): Promise<void> {
  const { posting } = owed;
  const delivery = error instanceof DeliveryError ? error : undefined;
  const attempts = posting.attempts + 1;
  const closed = delivery !== undefined && closedReasons.has(delivery.reason);
  const hopeless = (delivery && !delivery.retryable) || attempts >= attemptsMax;
  const backoffMs = Math.min(retryMaxMs, retryFirstMs * 2 ** (attempts - 1));
  if (hopeless && !closed && isLastState(owed)) await forgetLiveSheet(deps, owed.batch);
  await inWorkspace(deps.db, posting.workspaceId, async (tx) => {
    if (closed) {
      // Since it was tried: who asks there meanwhile shows that it is there.
      const goneAt = sql`now() - make_interval(secs => ${tookMs / 1000})`;
      await tx.update(channels).set({ goneAt }).where(eq(channels.id, channel.id));
      await tx.execute(sql`select pg_notify('easel_identities', '')`);
    }
    const keepsShowing = posting.kind !== 'status' && posting.ref !== null;
    if (closed ? keepsShowing : hopeless) {
      await tx
        .update(postings)
        .set({ shown: posting.wanted, failure: delivery?.reason ?? 'error' })
        .where(eq(postings.id, posting.id));
      if (keepsShowing) await raiseCard(tx, posting.batchId);
    }
  });
  if (!closed && !hopeless) await postpone(deps, posting, delivery?.retryAfterMs ?? backoffMs);
  if (delivery?.budget !== undefined && delivery.retryAfterMs !== undefined) {
    await blockBudget(deps, posting.conversation.platform, delivery.budget, delivery.retryAfterMs);
    return releaseChannel(deps, channel, 0);
  }
  await releaseChannel(deps, channel, delivery?.retryAfterMs ?? channel.limits.sendSpacingMs);
  if (delivery?.reason === 'removed') await leaveWorkspace(deps, posting.conversation.platform, owed.workspace);
  if (closed) await rerouteGone(deps);
}
