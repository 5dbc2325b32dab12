import { sql } from 'drizzle-orm';
import type { AskedImage, ReferenceInput } from '#core/batches/ask-images.ts';
import { newBatchId } from '#core/batches/batch-id.ts';
import { type Estimate, estimateBatch } from '#core/batches/estimate-batch.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { joinLanes } from '#core/batches/join-lanes.ts';
import { findModel } from '#core/batches/models.ts';
import type { Place, PrivatePlace } from '#core/batches/private-place.ts';
import { requirePlanAllowed } from '#core/batches/require-allowed.ts';
import { StoppedPlanError } from '#core/batches/stopped-plan.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { RetryError, UserError } from '#core/errors.ts';
import type { Job } from '#core/ports/queue.ts';
import { reserveBudget } from '#core/quotas/budget.ts';
import { requireMoneyCap } from '#core/quotas/operator-caps.ts';
import { quotaPeriod } from '#core/quotas/period.ts';
import { isPersonal, reserveQuota } from '#core/quotas/reserve-quota.ts';
import { send, type Tx } from '#db/client.ts';
import { batches, images, postings } from '#db/schema/index.ts';

/** How long the command's own reply may take to show the card before the outbox does. */
const replyLeadSeconds = 10;

/** What a batch is to be. */
export interface BatchPlan {
  /** What was asked for, as people read it. */
  prompt: string;
  /** The same as one line that can be typed anywhere; null where no line says it all. */
  line: string | null;
  /** Its pictures, in order. */
  images: readonly AskedImage[];
  inputs: readonly ReferenceInput[];
  /** The draft that this is the sample of. */
  draftId?: string;
  /** Its person alone is to see it: where that is. */
  private?: PrivatePlace | undefined;
  /** Its pictures were blocked in a finished batch by our own checks: by which, and what those object to in their own words. */
  appeal?: { batchId: string; failures: string[]; details: string[] };
  /** Managers let it pass: where its card goes, and whether beyond its person's own limits as well. */
  approved?: Place & { overLimit: boolean };
}

interface Requested {
  batch: Batch;
  /** In the order of their numbers. */
  rows: (typeof images.$inferSelect)[];
  /** There once everything is written; rejects when it could not be, and then nothing is. */
  estimate: Promise<Estimate | undefined>;
  /** The posting of its card. */
  postingId: string;
  /** The outbox is to show the card, not the command's own reply. */
  later: boolean;
  /** Whether that is in another conversation than the reply's. */
  away: boolean;
  jobs: Job[];
}

/**
 * Takes a batch in: reserves its credits, writes it with its images, puts them in line, and owes its card.
 * @throws {UserError} `policy.*`, `quota.*`, `budget.*`; {StoppedPlanError} `prompt.blockedWord`, `quota.*` of its person's own
 * limits; then the transaction must not be committed.
 * @throws {RetryError} when the id that was drawn for it is taken.
 */
export async function requestBatch(tx: Tx, context: CommandContext, plan: BatchPlan): Promise<Requested> {
  requirePlanAllowed(context, plan);
  const { actor, deps, settings } = context;
  const { workspaceId, personId } = actor;
  const batchId = newBatchId();
  const place = placeOf(context, plan);
  const period = quotaPeriod(deps.now(), settings.timeZone);
  const asked = plan.images.map((row, index) => ({
    ...row,
    ...{ batchId, workspaceId, personId, number: index + 1, state: 'queued' as const },
    ...{ period, countsInId: context.channelId, ...priceOf(context, row) },
  }));
  const lanes = [...Map.groupBy(asked, ({ providerId }) => providerId)].sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  // All are sent at once and answered in turn, which is one wait.
  const credits = asked.reduce((sum, row) => sum + row.credits, 0);
  const [batch, rows, { postingId, later }] = await Promise.all([
    insertBatch(tx, context, batchId, plan, place),
    send(tx.insert(images).values(asked).returning()),
    oweCard(tx, context, batchId, place),
    reserveInLedger(tx, batchId),
    // Late, as others of the workspace wait from here on.
    reserveQuota(tx, context, credits, { granting: plan.approved?.overLimit === true }).catch((error) => {
      throw error instanceof UserError && isPersonal(error.code) ? new StoppedPlanError(error, plan) : error;
    }),
    reserveBudget(tx, context, batchId),
    requireMoneyCap(tx, context),
  ]);
  // Nobody waits for these before the commit, which follows in the same write: the lanes are what others wait for.
  const joined = lanes.map(([providerId, { length: count }]) => {
    const first = sql`(select min(id) from images where batch_id = ${batchId} and provider_id = ${providerId})`;
    return joinLanes(tx, actor, settings, providerId, { count, first });
  });
  const estimate = Promise.all([
    estimateBatch(tx, deps, asked),
    ...joined,
    ...(later ? [send(tx.execute(sql`select pg_notify('easel_postings', '')`))] : []),
  ]).then(([seen]) => seen);
  return {
    ...{ batch, estimate, postingId, later, away: place.away },
    rows: rows.toSorted((one, other) => one.number - other.number),
    jobs: lanes.map(([providerId]) => ({ name: 'dispatch-next', data: { providerId, requestId: context.requestId } })),
  };
}

function priceOf({ deps }: CommandContext, { model: id }: AskedImage) {
  const model = findModel(deps.providers, id)?.model;
  return { costMicros: model?.costMicros ?? 0, costCurrency: model?.currency ?? 'USD' };
}

async function reserveInLedger(tx: Tx, batchId: string): Promise<void> {
  const reserved = tx.execute(sql`
    insert into ledger (workspace_id, person_id, kind, source, credits, period)
    select workspace_id, person_id, 'reserve', 'image:' || id, credits, period from images where batch_id = ${batchId}`);
  await send(reserved);
}

/** Where the card goes. The draft of a private batch may have been confirmed in the very conversation that is kept for it. */
function placeOf({ call, destinationId }: CommandContext, plan: BatchPlan): Place & { away: boolean } {
  const place = plan.private;
  if (place && place.channelId !== destinationId) return { ...place, away: true };
  if (plan.approved) {
    const { conversation, channelId } = plan.approved;
    return { conversation, channelId, away: true };
  }
  return { conversation: call.conversation, channelId: destinationId, away: false };
}

/**
 * Owes the card. Where the command's own reply is a message like any other, it has the first try only with the channel's
 * slot, which is taken for it if it is free; else the outbox shows it, `later`.
 */
async function oweCard(
  tx: Tx,
  context: CommandContext,
  batchId: string,
  { conversation, channelId, away }: Place & { away: boolean },
): Promise<{ postingId: string; later: boolean }> {
  const { call, actor, replyFits } = context;
  const { repliesCount, sendSpacingMs } = call.channel.limits;
  // Where the card goes elsewhere, the reply is what says so.
  const needsSlot = repliesCount && !call.elsewhere && !away;
  const waits = !needsSlot && !away;
  const posting = tx.execute<{ postingId: string; later: boolean }>(sql`
    with slot as (
      update channels set next_send_at = now() + make_interval(secs => ${sendSpacingMs / 1000})
      where id = ${channelId} and ${needsSlot && replyFits}::boolean and next_send_at <= now() and worker_id is null
      returning id
    ), lead as (select case when ${waits}::boolean or exists (select from slot) then ${replyLeadSeconds}::int else 0 end as seconds)
    insert into postings (workspace_id, batch_id, channel_id, conversation, kind, due_at)
    select ${actor.workspaceId}, ${batchId}, ${channelId}, ${sql.param(conversation, postings.conversation)}::jsonb,
      'status', now() + make_interval(secs => seconds) from lead
    returning id::text as "postingId", due_at <= now() as later`);
  const [owed] = await send(posting);
  if (!owed) throw new Error('the posting that was just written is not there');
  return owed;
}

async function insertBatch(
  tx: Tx,
  context: CommandContext,
  id: string,
  plan: BatchPlan,
  { conversation, channelId }: Place,
): Promise<Batch> {
  const { actor, reader } = context;
  const { prompt, line, inputs, draftId } = plan;
  const total = plan.images.length;
  const inserted = tx
    .insert(batches)
    .values({
      id,
      workspaceId: actor.workspaceId,
      channelId,
      conversation,
      personId: actor.personId,
      private: plan.private !== undefined,
      askedChannelId: plan.private?.asked?.channelId ?? null,
      askedConversation: plan.private?.asked?.conversation ?? null,
      requestId: context.requestId,
      locale: reader.locale,
      timeZone: reader.timeZone,
      prompt,
      line,
      draftId: draftId ?? null,
      inputs: [...inputs],
      total,
      unfinished: total,
    })
    .onConflictDoNothing({ target: batches.id })
    .returning();
  const [row] = await send(inserted);
  if (!row) throw new RetryError(`there is a batch ${id} already`);
  return row;
}
