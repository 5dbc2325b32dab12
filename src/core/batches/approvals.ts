import { and, eq, gt, sql } from 'drizzle-orm';
import { hasRole } from '#core/actor.ts';
import { readBatchId } from '#core/batches/batch-id.ts';
import { type Draft, deleteDraft, findDraft, keepDraft, saveDraft } from '#core/batches/drafts.ts';
import { isDirect } from '#core/batches/private-place.ts';
import { type BatchPlan, type OverLimitError, requestBatch } from '#core/batches/request-batch.ts';
import { withSampledWords } from '#core/batches/sampled-words.ts';
import { cardPromptCharsMax, shorten } from '#core/batches/shorten.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext, Said } from '#core/commands/define.ts';
import { RetryError, UserError } from '#core/errors.ts';
import { findPersonIds } from '#core/people/find-person-ids.ts';
import type { OutgoingAction, OutgoingMessage } from '#core/ports/message.ts';
import type { Job } from '#core/ports/queue.ts';
import { type Notice, tell, tellAdmins } from '#core/postings/notices.ts';
import { renderError } from '#core/render-error.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { approvals, members } from '#db/schema/index.ts';

/** Managers have so long to answer. */
const openMs = 24 * 60 * 60_000;

type Approval = typeof approvals.$inferSelect;

/** Who runs the workspace needs to ask nobody. */
export const mayAsk = ({ actor }: Pick<CommandContext, 'actor'>): boolean => !hasRole(actor, 'admin');

export const askAction = (draftId: string): OutgoingAction => ({
  id: `draft ${draftId} ask`,
  label: { key: 'approval.ask' },
  style: 'secondary',
});

/** The refusal of what is beyond its person's limit: it is kept as a draft that the managers can be asked about. */
export async function refuseOverLimit(context: CommandContext, error: OverLimitError): Promise<OutgoingMessage> {
  const { deps, actor, reader, requestId } = context;
  const refusal = renderError(error, reader, requestId);
  if (!mayAsk(context)) return refusal;
  for (;;) {
    try {
      const { id } = await inWorkspace(deps.db, actor.workspaceId, (tx) => saveDraft(tx, context, error.plan, []));
      const line = { key: 'approval.offer', values: { draft: id } } as const;
      return { ...refusal, lines: [...refusal.lines, line], actions: [askAction(id)] };
    } catch (failure) {
      if (!(failure instanceof RetryError)) throw failure;
    }
  }
}

/**
 * Asks the managers about a person's draft: in the conversation, or where the person is alone with the bot by direct
 * messages. What its person alone is to see is not told.
 * @throws {UserError} `approval.asked`
 */
export async function askManagers(tx: Tx, context: CommandContext, draft: Draft): Promise<Said> {
  const { actor, call, channelId, destinationId, deps, reader } = context;
  const expiresAt = new Date(deps.now().getTime() + openMs);
  const asked = await tx
    .insert(approvals)
    .values({
      ...{ id: draft.id, workspaceId: actor.workspaceId, personId: actor.personId, accountId: actor.accountId },
      ...{ askedChannelId: channelId, channelId: destinationId, conversation: call.conversation },
      ...{ locale: reader.locale, timeZone: reader.timeZone, expiresAt },
    })
    .onConflictDoNothing()
    .returning({ id: approvals.id });
  if (asked.length === 0) throw new UserError('approval.asked', { draft: draft.id });
  await keepDraft(tx, context, draft, expiresAt);
  const request = requestText(draft, call.account.name);
  if (!isDirect(call)) {
    const { message } = privateAnswer(context, request);
    return { message: { ...message, audience: 'channel' } };
  }
  await tellAdmins(tx, actor.workspaceId, request);
  return privateAnswer(context, { lines: [{ key: 'approval.sent', values: { draft: draft.id } }], tone: 'success' });
}

function requestText({ id, plan }: Draft, name: string): Notice {
  const credits = plan.images.reduce((sum, image) => sum + image.credits, 0);
  const values = { name, count: plan.images.length, credits, draft: id };
  return {
    tone: 'warning',
    title: { key: 'approval.title', values },
    lines: [
      plan.private ? { key: 'approval.private' } : { verbatim: shorten(plan.prompt, cardPromptCharsMax) },
      { key: 'approval.hint', values: { draft: id } },
    ],
    actions: [
      { id: `admin approve ${id}`, label: { key: 'approval.approve' }, style: 'primary' },
      { id: `admin deny ${id}`, label: { key: 'approval.deny' }, style: 'danger' },
    ],
  };
}

/** A request's id, and the reason behind it. */
interface Decision {
  approval: Approval;
  reason: string | null;
}

/**
 * The open request that a manager's words begin with, which nobody else decides before the transaction has ended.
 * @throws {UserError} `approval.unknown`, `approval.approved`, `approval.denied`
 */
export async function findApproval(tx: Tx, { actor, deps }: CommandContext, words: string): Promise<Decision> {
  const [, typed = '', reason = ''] = /^(\S*)\s*(.*)$/su.exec(words) ?? [];
  const [approval] = await tx
    .select()
    .from(approvals)
    .where(
      and(
        eq(approvals.workspaceId, actor.workspaceId),
        eq(approvals.id, readBatchId(typed)),
        gt(approvals.expiresAt, deps.now()),
      ),
    )
    .for('update');
  if (!approval) throw new UserError('approval.unknown', { draft: typed });
  if (approval.state === 'approved') throw new UserError('approval.approved', { draft: approval.id });
  if (approval.state === 'denied') throw new UserError('approval.denied', { draft: approval.id });
  return { approval, reason: reason === '' ? null : reason.slice(0, reasonCharsMax) };
}

const reasonCharsMax = 500;

/** Takes the batch in for its person, where it was asked for: what their own limits lack is granted for today. */
export async function approve(
  tx: Tx,
  context: CommandContext,
  { approval, reason }: Decision,
): Promise<{ batchId: string; credits: number; jobs: Job[]; written: Promise<unknown> }> {
  const requester = await asRequester(tx, context, approval);
  const draft = await findDraft(tx, requester, approval.id).catch((error) => {
    throw error instanceof UserError ? new UserError('approval.unknown', { draft: approval.id }) : error;
  });
  const { conversation, channelId } = approval;
  const plan: BatchPlan = { ...(await withSampledWords(tx, draft)), approved: { conversation, channelId } };
  await deleteDraft(tx, requester, draft);
  const { batch, estimate, jobs, rows } = await requestBatch(tx, requester, plan);
  await decide(tx, context, approval, { state: 'approved', reason, batchId: batch.id });
  const credits = rows.reduce((sum, row) => sum + row.credits, 0);
  return { batchId: batch.id, credits, jobs, written: estimate };
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
