import { and, eq } from 'drizzle-orm';
import { isOwn } from '#core/actor.ts';
import { askAgain } from '#core/batches/ask-again.ts';
import { askManagers } from '#core/batches/ask-approval.ts';
import { listDrafts, saveDraft } from '#core/batches/drafts.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import type { Picture } from '#core/batches/find-finished.ts';
import { numberRuns } from '#core/batches/number-runs.ts';
import type { PrivatePlace } from '#core/batches/private-place.ts';
import type { BatchPlan } from '#core/batches/request-batch.ts';
import { requirePlanAllowed } from '#core/batches/require-allowed.ts';
import { isOursToPass } from '#core/batches/stopped-plan.ts';
import type { CommandContext, Said } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import type { Tx } from '#db/client.ts';
import { approvals, batches } from '#db/schema/index.ts';

/**
 * Asks the managers to let pictures of a finished batch pass that our own checks blocked: the very same, from the same words. `numbers`
 * are those that were typed, where some were.
 * @throws {UserError} `approval.notYours`, `approval.noneBlocked`, `approval.notBlocked`, `approval.asked` or `approval.denied` where they were
 * asked already, and what `askAgain`, the rules and `askManagers` refuse.
 */
export async function appealBlocked(
  tx: Tx,
  context: CommandContext,
  { batch, pictures, numbers }: { batch: Batch; pictures: readonly Picture[]; numbers: readonly number[] | undefined },
  place: PrivatePlace | undefined,
): Promise<Said> {
  const { actor, deps } = context;
  if (!isOwn(actor, batch.personId)) throw new UserError('approval.notYours', { batch: batch.id });
  const blocked = pictures.filter(isOursToPass);
  const others = pictures.filter((picture) => !isOursToPass(picture)).map(({ number }) => number);
  if (numbers !== undefined && others.length > 0) {
    const values = { batch: batch.id, numbers: numberRuns(others), count: others.length };
    throw new UserError('approval.notBlocked', values);
  }
  if (blocked.length === 0) throw new UserError('approval.noneBlocked', { batch: batch.id });
  await requireNotAsked(tx, context, batch, blocked);
  const plan = {
    ...asTyped(askAgain(deps, batch, blocked, 'kept')),
    private: place,
    appeal: {
      batchId: batch.id,
      failures: [...new Set(blocked.flatMap(({ failure }) => failure ?? []))],
      details: [...new Set(blocked.flatMap(({ failureDetail }) => failureDetail?.split(', ') ?? []))],
    },
  };
  // Rules hold, whatever managers say of the words.
  requirePlanAllowed(context, { ...plan, images: plan.images.map((image) => ({ ...image, approved: true })) });
  return askManagers(tx, context, await saveDraft(tx, context, plan, []));
}

/** Words that could not be written out are not tried again: nobody would have read what came of it. */
function asTyped(plan: BatchPlan): BatchPlan {
  const images = plan.images.map((image): BatchPlan['images'][number] =>
    image.enhance && image.enhanced === null
      ? { ...image, enhanced: image.prompt, warnings: [...image.warnings, 'not_enhanced'] }
      : image,
  );
  return { ...plan, images };
}

/** Holds the batch, so that two presses at once ask once. */
async function requireNotAsked(tx: Tx, { actor, deps }: CommandContext, batch: Batch, blocked: readonly Picture[]) {
  const { workspaceId } = actor;
  const own = and(eq(batches.workspaceId, workspaceId), eq(batches.id, batch.id));
  await tx.select({ id: batches.id }).from(batches).where(own).for('update');
  const ids = new Set(blocked.map(({ id }) => id));
  for (const { id, plan } of await listDrafts(tx, actor, deps.now())) {
    const isSame =
      plan.appeal?.batchId === batch.id && plan.images.some(({ originId }) => originId && ids.has(originId));
    if (!isSame) continue;
    const [asked] = await tx
      .select({ state: approvals.state })
      .from(approvals)
      .where(and(eq(approvals.workspaceId, workspaceId), eq(approvals.id, id)));
    if (asked) throw new UserError(asked.state === 'denied' ? 'approval.denied' : 'approval.asked', { draft: id });
  }
}
