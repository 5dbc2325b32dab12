import { saveDraft } from '#core/batches/drafts.ts';
import { findOrigins } from '#core/batches/origins.ts';
import { privateAudience } from '#core/batches/private-place.ts';
import { layOutCard } from '#core/batches/render-card.ts';
import { renderDraft } from '#core/batches/render-draft.ts';
import { type BatchPlan, requestBatch } from '#core/batches/request-batch.ts';
import { requirePlanAllowed } from '#core/batches/require-allowed.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { Answer, CommandContext } from '#core/commands/define.ts';
import type { Tx } from '#db/client.ts';
import type { Text } from '#src/i18n.ts';

/**
 * Takes a batch in, or keeps it as a draft where it is larger than the workspace lets pass unseen, where `draft` wants
 * it, or where there are `notes` to be read first.
 * @throws {UserError} `policy.*`, `quota.*`; {StoppedPlanError} as `requestBatch`
 */
export async function takeBatch(
  tx: Tx,
  context: CommandContext,
  plan: BatchPlan,
  { draft, notes = [] }: { draft?: boolean | undefined; notes?: readonly Text[] } = {},
): Promise<Answer> {
  requirePlanAllowed(context, plan);
  const credits = plan.images.reduce((sum, image) => sum + image.credits, 0);
  const { settings } = context;
  const isLarge = plan.images.length > settings.draft.images || credits > settings.draft.credits;
  // What it is a draft of is what counts.
  if (context.isTrial) return startBatch(tx, context, plan);
  if (draft || notes.length > 0 || (isLarge && draft !== false)) {
    return renderDraft(tx, context, await saveDraft(tx, context, plan, notes), 1);
  }
  return startBatch(tx, context, plan);
}

/**
 * Takes a batch in, and answers with its card, or where that goes to the person alone with where it is.
 * @throws {UserError} `quota.*`
 */
export async function startBatch(tx: Tx, context: CommandContext, plan: BatchPlan): Promise<Answer> {
  const { batch, rows, estimate, away, ...owed } = await requestBatch(tx, context, plan);
  if (away) {
    const { message } = privateAnswer(context, {
      lines: [{ key: 'delivery.private', values: { count: batch.total, batch: batch.id } }],
    });
    return { message: estimate.then(() => message), jobs: owed.jobs };
  }
  // Nothing is awaited here: what fails meanwhile would have nobody to hear of it.
  const message = Promise.all([estimate, findOrigins(tx, rows)]).then(([seen, origins]) => ({
    ...layOutCard(context.deps, batch, rows, seen, { showing: false, origins }),
    audience: batch.private ? privateAudience(context.call) : ('channel' as const),
  }));
  return { message, ...owed };
}
