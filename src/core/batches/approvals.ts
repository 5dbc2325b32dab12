import { and, eq, gt, sql } from 'drizzle-orm';
import { readBatchId } from '#core/batches/batch-id.ts';
import { type Draft, deleteDraft, findDraft } from '#core/batches/drafts.ts';
import { type BatchPlan, requestBatch } from '#core/batches/request-batch.ts';
import { withSampledWords } from '#core/batches/sampled-words.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { findPersonIds } from '#core/people/find-person-ids.ts';
import type { Job } from '#core/ports/queue.ts';
import { tell } from '#core/postings/notices.ts';
import { isPersonal } from '#core/quotas/reserve-quota.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import type { Tx } from '#db/client.ts';
import { approvals, drafts, members } from '#db/schema/index.ts';

type Approval = typeof approvals.$inferSelect;

/** A request's id, and the reason behind it. */
interface Decision {
  approval: Approval;
  reason: string | null;
}

/**
 * The open request that a manager's words begin with, which nobody else decides, and whose draft nobody changes, before the
 * transaction has ended.
 * @throws {UserError} `approval.unnamed`, `approval.unknown`, `approval.approved`, `approval.denied`
 */
export async function findApproval(tx: Tx, { actor, deps }: CommandContext, words: string): Promise<Decision> {
  const [, typed = '', reason = ''] = /^(\S*)\s*(.*)$/su.exec(words) ?? [];
  if (typed === '') throw new UserError('approval.unnamed');
  const id = readBatchId(typed);
  const { workspaceId } = actor;
  // First, as whoever changes a draft holds it before they take the request about it back.
  const draft = and(eq(drafts.workspaceId, workspaceId), eq(drafts.id, id));
  await tx.select({ id: drafts.id }).from(drafts).where(draft).for('update');
  const open = and(eq(approvals.workspaceId, workspaceId), eq(approvals.id, id), gt(approvals.expiresAt, deps.now()));
  const [approval] = await tx.select().from(approvals).where(open).for('update');
  if (!approval) throw new UserError('approval.unknown', { draft: typed });
  if (approval.state === 'approved') throw new UserError('approval.approved', { draft: approval.id });
  if (approval.state === 'denied') throw new UserError('approval.denied', { draft: approval.id });
  return { approval, reason: reason === '' ? null : reason.slice(0, reasonCharsMax) };
}

const reasonCharsMax = 500;

interface Approved {
  batchId: string;
  credits: number;
  /** How many pictures pass that our own checks had stopped. */
  passed: number;
  jobs: Job[];
  written: Promise<unknown>;
}

/**
 * Takes the batch in for its person, where it was asked for, with what they were stopped for let pass and nothing else: what their own
 * limits lack is granted for today, and the pictures that our own checks had stopped are not held to those.
 * @throws {UserError} `approval.unknown`, `approval.overLimit`, and what `requestBatch` refuses.
 */
export async function approve(tx: Tx, context: CommandContext, { approval, reason }: Decision): Promise<Approved> {
  const requester = await asRequester(tx, context, approval);
  const draft = await findDraft(tx, requester, approval.id).catch((error) => {
    throw error instanceof UserError ? new UserError('approval.unknown', { draft: approval.id }) : error;
  });
  const plan = await passedPlan(tx, draft, approval);
  await deleteDraft(tx, requester, draft);
  const { batch, estimate, jobs, rows } = await requestBatch(tx, requester, plan).catch((error) => {
    throw isPersonal(error.code) ? new UserError('approval.overLimit', { draft: draft.id }) : error;
  });
  await decide(tx, context, approval, { state: 'approved', reason, batchId: batch.id });
  const credits = rows.reduce((sum, row) => sum + row.credits, 0);
  return { batchId: batch.id, credits, passed: approval.stopped.length, jobs, written: estimate };
}

/** What a draft is to make. Words that came after the managers were shown the stopped ones are not among what they let pass. */
async function passedPlan(tx: Tx, draft: Draft, approval: Approval): Promise<BatchPlan> {
  const { conversation, channelId, overLimit, stopped } = approval;
  const plan = await withSampledWords(tx, draft);
  const images = plan.images.map((image, position) => {
    const shown = stopped.includes(position) ? draft.plan.images[position] : undefined;
    return shown ? { ...shown, approved: true } : image;
  });
  return { ...plan, images, approved: { conversation, channelId, overLimit } };
}

/** Its person is told, with the reason; the draft is theirs as before. */
export async function deny(tx: Tx, context: CommandContext, { approval, reason }: Decision): Promise<void> {
  await decide(tx, context, approval, { state: 'denied', reason });
  const line =
    reason === null
      ? ({ key: 'approval.wasDenied', values: { draft: approval.id } } as const)
      : ({ key: 'approval.wasDeniedFor', values: { draft: approval.id, reason } } as const);
  await tell(tx, approval.workspaceId, approval.personId, { lines: [line], tone: 'warning' });
}

async function decide(
  tx: Tx,
  { actor }: CommandContext,
  { workspaceId, id }: Approval,
  outcome: Pick<Approval, 'state' | 'reason'> & { batchId?: string },
): Promise<void> {
  await tx
    .update(approvals)
    .set({ ...outcome, decidedBy: actor.personId, decidedAt: sql`now()` })
    .where(and(eq(approvals.workspaceId, workspaceId), eq(approvals.id, id)));
}

/** The context of the person who asked, where they asked, with their role of today. */
async function asRequester(tx: Tx, context: CommandContext, approval: Approval): Promise<CommandContext> {
  const { workspaceId, personId, accountId, askedChannelId, channelId, conversation, locale, timeZone } = approval;
  const [member] = await tx
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.workspaceId, workspaceId), eq(members.personId, personId)));
  return {
    ...context,
    actor: {
      workspaceId,
      personId,
      personIds: await findPersonIds(tx, personId),
      accountId,
      role: member?.role ?? 'guest',
    },
    call: { ...context.call, conversation },
    channelId: askedChannelId,
    destinationId: channelId,
    settings: resolveLayers(await findLayers(tx, workspaceId), workspaceId, askedChannelId),
    reader: { locale, timeZone },
  };
}
