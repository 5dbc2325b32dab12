import { randomInt } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { newBatchId } from '#core/batches/batch-id.ts';
import { type Estimate, estimateBatch } from '#core/batches/estimate-batch.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { joinLanes } from '#core/batches/join-lanes.ts';
import { defaultModel, type FoundModel, findModel } from '#core/batches/models.ts';
import { hashRequest } from '#core/batches/result-cache.ts';
import type { CommandContext, PromptLine } from '#core/commands/define.ts';
import { RetryError, UserError } from '#core/errors.ts';
import { ratioDiffers } from '#core/ports/image-sizes.ts';
import type { ImageWarning } from '#core/ports/images.ts';
import type { Job } from '#core/ports/queue.ts';
import { sizeFor } from '#core/prompts/size-for.ts';
import { quotaPeriod, quotaResetsAt } from '#core/quotas/period.ts';
import { reserveQuota } from '#core/quotas/reserve-quota.ts';
import { send, type Tx } from '#db/client.ts';
import { batches, images, postings } from '#db/schema/index.ts';

/** Most pictures of one request. */
const batchImagesMax = 500;
/** Seeds are 32 bit, as every provider that has them takes those. */
export const seedMax = 2 ** 32 - 1;
/** How long the command's own reply may take to show the card before the outbox does. */
const replyLeadSeconds = 10;

export interface ReferenceInput {
  blob: string;
  type: 'png' | 'jpeg' | 'webp';
  role: 'reference';
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
  jobs: Job[];
}

/**
 * Takes a batch in: reserves its credits, writes it with its images, puts them in line, and owes its card.
 * @throws {UserError} `prompt.*`, `model.noReference`, `quota.exceeded`; then the transaction must not be committed.
 * @throws {RetryError} when the id that was drawn for it is taken.
 */
export async function requestBatch(
  tx: Tx,
  context: CommandContext,
  lines: readonly PromptLine[],
  inputs: readonly ReferenceInput[],
): Promise<Requested> {
  const { actor, deps, settings } = context;
  const { workspaceId, personId } = actor;
  const now = deps.now();
  const batchId = newBatchId();
  const period = quotaPeriod(now, settings.timeZone);
  const asked = expandLines(context, lines, inputs).map((row, index) => ({
    ...row,
    ...{ batchId, workspaceId, personId, number: index + 1, period, state: 'queued' as const },
  }));
  const lanes = [...Map.groupBy(asked, ({ providerId }) => providerId)].sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  // All are sent at once and answered in turn, which is one wait.
  const [, batch, rows, { postingId, later }] = await Promise.all([
    reserveQuota(tx, actor, {
      credits: asked.reduce((sum, row) => sum + row.credits, 0),
      limit: settings.credits[actor.role],
      period,
      resetsAt: quotaResetsAt(now, settings.timeZone),
    }),
    insertBatch(tx, context, batchId, lines, inputs, asked.length),
    send(tx.insert(images).values(asked).returning()),
    oweCard(tx, context, batchId),
    reserveInLedger(tx, batchId),
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
    ...{ batch, estimate, postingId, later },
    rows: rows.toSorted((one, other) => one.number - other.number),
    jobs: lanes.map(([providerId]) => ({ name: 'dispatch-next', data: { providerId, requestId: context.requestId } })),
  };
}

async function reserveInLedger(tx: Tx, batchId: string): Promise<void> {
  const reserved = tx.execute(sql`
    insert into ledger (workspace_id, person_id, kind, source, credits, period)
    select workspace_id, person_id, 'reserve', 'image:' || id, credits, period from images where batch_id = ${batchId}`);
  await send(reserved);
}

/**
 * Owes the card. Where the command's own reply is a message like any other, it has the first try only with the channel's
 * slot, which is taken for it if it is free; else the outbox shows it, `later`.
 */
async function oweCard(
  tx: Tx,
  context: CommandContext,
  batchId: string,
): Promise<{ postingId: string; later: boolean }> {
  const { call, destinationId, actor, replyFits } = context;
  const { repliesCount, sendSpacingMs } = call.channel.limits;
  // Where the card goes elsewhere, the reply is what says so.
  const needsSlot = repliesCount && !call.elsewhere;
  const posting = tx.execute<{ postingId: string; later: boolean }>(sql`
    with slot as (
      update channels set next_send_at = now() + make_interval(secs => ${sendSpacingMs / 1000})
      where id = ${destinationId} and ${needsSlot && replyFits}::boolean and next_send_at <= now() and worker_id is null
      returning id
    ), lead as (select case when not ${needsSlot}::boolean or exists (select from slot) then ${replyLeadSeconds}::int else 0 end as seconds)
    insert into postings (workspace_id, batch_id, channel_id, conversation, kind, due_at)
    select ${actor.workspaceId}, ${batchId}, ${destinationId}, ${sql.param(call.conversation, postings.conversation)}::jsonb,
      'status', now() + make_interval(secs => seconds) from lead
    returning id::text as "postingId", due_at <= now() as later`);
  const [owed] = await send(posting);
  if (!owed) throw new Error('the posting that was just written is not there');
  return owed;
}

function expandLines(context: CommandContext, lines: readonly PromptLine[], inputs: readonly ReferenceInput[]) {
  const inputCount = inputs.length;
  if (lines.length === 0) throw new UserError('prompt.empty');
  const count = lines.reduce((sum, line) => sum + (line.n ?? 1), 0);
  if (count > batchImagesMax) throw new UserError('prompt.tooMany', { count, max: batchImagesMax });
  return lines.flatMap((line) => {
    const { provider, model } = chooseModel(context, line);
    const length = [...line.text].length;
    if (length > model.promptCharsMax) throw new UserError('prompt.tooLong', { length, max: model.promptCharsMax });
    if (inputCount > 0 && model.referencesMax === 0) throw new UserError('model.noReference', { model: model.id });
    if (inputCount > model.referencesMax) {
      throw new UserError('attachment.tooMany', { count: inputCount, max: model.referencesMax });
    }
    const seed = line.seed ?? randomInt(seedMax);
    const ratio = line.ar ?? { width: 1, height: 1 };
    const size = sizeFor(model.sizes, ratio);
    const warnings: ImageWarning[] = ratioDiffers(size, ratio) ? ['size_changed'] : [];
    return Array.from({ length: line.n ?? 1 }, (_, index) => {
      const asked = {
        prompt: line.text,
        providerId: provider.id,
        model: model.id,
        seed: (seed + index) % (seedMax + 1),
        ...size,
      };
      const seedAsked = line.seed !== undefined;
      // Only a seed that somebody chose is meant to give the same picture again.
      const repeats = seedAsked && model.seeds;
      const requestHash = repeats ? hashRequest({ ...asked, inputs: inputs.map(({ blob }) => blob) }) : null;
      return { ...asked, credits: model.credits, seedAsked, warnings, requestHash };
    });
  });
}

function chooseModel(context: CommandContext, line: PromptLine): FoundModel {
  const { providers } = context.deps;
  return (line.model ? findModel(providers, line.model) : undefined) ?? defaultModel(providers, context.settings.model);
}

async function insertBatch(
  tx: Tx,
  context: CommandContext,
  id: string,
  lines: readonly PromptLine[],
  inputs: readonly ReferenceInput[],
  total: number,
): Promise<Batch> {
  const { actor, call, reader } = context;
  const inserted = tx
    .insert(batches)
    .values({
      id,
      workspaceId: actor.workspaceId,
      channelId: context.destinationId,
      conversation: call.conversation,
      personId: actor.personId,
      requestId: context.requestId,
      locale: reader.locale,
      timeZone: reader.timeZone,
      prompt: lines.map((line) => line.text).join('\n'),
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
