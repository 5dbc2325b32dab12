import { randomInt } from 'node:crypto';
import { and, eq, isNull, lte, sql } from 'drizzle-orm';
import { newBatchId } from '#core/batches/batch-id.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { joinLanes } from '#core/batches/join-lanes.ts';
import { defaultModel, type FoundModel, findModel } from '#core/batches/models.ts';
import { hashRequest } from '#core/batches/result-cache.ts';
import type { CommandContext, PromptLine } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { ratioDiffers } from '#core/ports/image-sizes.ts';
import type { ImageWarning } from '#core/ports/images.ts';
import type { Job } from '#core/ports/queue.ts';
import { sizeFor } from '#core/prompts/size-for.ts';
import { quotaPeriod, quotaResetsAt } from '#core/quotas/period.ts';
import { reserveQuota } from '#core/quotas/reserve-quota.ts';
import type { Tx } from '#db/client.ts';
import { batches, channels, images, postings } from '#db/schema/index.ts';

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
  rows: (typeof images.$inferSelect)[];
  /** Resolves to the posting of its card once everything is written: until then the batch can be looked at already. */
  written: Promise<string>;
  later: boolean;
  jobs: Job[];
}

/**
 * Takes a batch in: reserves its credits, writes it with its images, puts them in line, and owes its card.
 * @throws {UserError} `prompt.*`, `model.noReference`, `quota.exceeded`; then nothing was written.
 */
export async function requestBatch(
  tx: Tx,
  context: CommandContext,
  lines: readonly PromptLine[],
  inputs: readonly ReferenceInput[],
): Promise<Requested> {
  const { actor, deps } = context;
  const now = deps.now();
  const period = quotaPeriod(now, context.settings.timeZone);
  const rows = expandLines(context, lines, inputs);
  const credits = rows.reduce((sum, row) => sum + row.credits, 0);
  await reserveQuota(tx, actor, {
    credits,
    limit: context.settings.credits[actor.role],
    period,
    resetsAt: quotaResetsAt(now, context.settings.timeZone),
  });

  const later = !(await takeSlot(tx, context));
  const batch = await insertBatch(tx, context, lines, inputs, rows.length);
  const inserted = await tx
    .insert(images)
    .values(
      rows.map((row, index) => ({
        ...row,
        batchId: batch.id,
        workspaceId: actor.workspaceId,
        personId: actor.personId,
        number: index + 1,
        period,
      })),
    )
    .returning();
  const providerIds = [...new Set(rows.map((row) => row.providerId))].sort();
  // Sent together, answered in turn; lanes last, as they are what others wait for.
  const written = Promise.all([
    oweCard(tx, context, batch.id, later),
    tx.execute(sql`
      insert into ledger (workspace_id, person_id, kind, source, credits, period)
      select workspace_id, person_id, 'reserve', 'image:' || id, credits, period from images where batch_id = ${batch.id}`),
    ...providerIds.map((providerId) => {
      const ids = inserted.filter((row) => row.providerId === providerId).map((row) => row.id);
      return joinLanes(tx, actor, context.settings, providerId, ids);
    }),
  ]);
  return {
    batch,
    rows: inserted.toSorted((one, other) => one.number - other.number),
    written: written.then(([postingId]) => postingId),
    later,
    jobs: providerIds.map((providerId) => ({
      name: 'dispatch-next',
      data: { providerId, requestId: context.requestId },
    })),
  };
}

/** Takes the channel's slot for the command's own reply, where that is a message like any other; false when it is taken. */
async function takeSlot(tx: Tx, context: CommandContext): Promise<boolean> {
  const { limits } = context.call.channel;
  // Where the card goes elsewhere, the reply is what says so.
  if (!limits.repliesCount || context.call.elsewhere) return true;
  if (!context.replyFits) return false;
  const taken = await tx
    .update(channels)
    .set({ nextSendAt: sql`now() + make_interval(secs => ${limits.sendSpacingMs / 1000})` })
    .where(and(eq(channels.id, context.destinationId), lte(channels.nextSendAt, sql`now()`), isNull(channels.workerId)))
    .returning({ id: channels.id });
  return taken.length > 0;
}

async function oweCard(tx: Tx, context: CommandContext, batchId: string, later: boolean): Promise<string> {
  const [posting] = await tx
    .insert(postings)
    .values({
      workspaceId: context.actor.workspaceId,
      batchId,
      channelId: context.destinationId,
      conversation: context.call.conversation,
      kind: 'status',
      dueAt: sql`now() + make_interval(secs => ${later ? 0 : replyLeadSeconds})`,
    })
    .returning({ id: postings.id });
  if (!posting) throw new Error('the posting that was just written is not there');
  if (later) await tx.execute(sql`select pg_notify('easel_postings', '')`);
  return String(posting.id);
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
  lines: readonly PromptLine[],
  inputs: readonly ReferenceInput[],
  total: number,
): Promise<Batch> {
  const { actor, call, reader } = context;
  for (;;) {
    const [row] = await tx
      .insert(batches)
      .values({
        id: newBatchId(),
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
    if (row) return row;
  }
}
