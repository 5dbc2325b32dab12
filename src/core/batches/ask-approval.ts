import { and, eq, gt, inArray, ne } from 'drizzle-orm';
import { hasRole } from '#core/actor.ts';
import { type Draft, keepDraft, saveDraft } from '#core/batches/drafts.ts';
import { isDirect } from '#core/batches/private-place.ts';
import { cardPromptCharsMax, shorten } from '#core/batches/shorten.ts';
import { findStopped, type Stopped, type StoppedPlanError } from '#core/batches/stopped-plan.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext, Said } from '#core/commands/define.ts';
import { RetryError, UserError } from '#core/errors.ts';
import type { OutgoingAction, OutgoingMessage } from '#core/ports/message.ts';
import { type Notice, tellAdmins } from '#core/postings/notices.ts';
import { findGrants } from '#core/quotas/grants.ts';
import { findLimits, leftInAll } from '#core/quotas/limits.ts';
import { renderError } from '#core/render-error.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { approvals, drafts } from '#db/schema/index.ts';
import type { Key, Text } from '#src/i18n.ts';

/** Managers have so long to answer. */
const openMs = 24 * 60 * 60_000;
/** Requests of one person that wait for an answer, so that nobody buries the managers. */
const openMax = 5;
/** Of prompts that were stopped, in characters: managers read them whole before they let them pass. */
const textCharsMax = 3_000;

/** Who runs the workspace sets its limits and words, and needs to ask nobody about them. */
const mayAsk = ({ actor }: Pick<CommandContext, 'actor'>): boolean => !hasRole(actor, 'admin');

/**
 * The refusal of what managers may let pass: it is kept as a draft that they can be asked about. Who is one of them is told
 * what they can do themselves.
 */
export async function refuseStopped(context: CommandContext, error: StoppedPlanError): Promise<OutgoingMessage> {
  const { deps, actor, reader, requestId } = context;
  const refusal = renderError(error, reader, requestId);
  const isWord = error.code === 'prompt.blockedWord';
  if (!mayAsk(context)) {
    return isWord ? { ...refusal, lines: [...refusal.lines, { key: 'approval.ownWords' }] } : refusal;
  }
  for (;;) {
    try {
      const { id } = await inWorkspace(deps.db, actor.workspaceId, (tx) => saveDraft(tx, context, error.plan, []));
      const offer = isWord ? 'approval.offerWords' : 'approval.offer';
      const lines = [...refusal.lines, { key: offer, values: { draft: id } } as const];
      return { ...refusal, lines, actions: [askAction(id)] };
    } catch (failure) {
      if (!(failure instanceof RetryError)) throw failure;
    }
  }
}

const askAction = (draftId: string): OutgoingAction => ({
  id: `draft ${draftId} ask`,
  label: { key: 'approval.ask' },
  style: 'secondary',
});

/** Why a draft needs the managers. */
interface Reasons extends Stopped {
  overLimit: boolean;
}

/**
 * Asks the managers about a person's draft: in the conversation, or where the person is alone with the bot by direct
 * messages. What its person alone is to see is not told. What our own checks have stopped is shown to the managers alone, and whole.
 * @throws {UserError} `approval.asked`, `approval.tooMany`, `approval.tooLong`, `approval.nobody` where no manager is known
 */
export async function askManagers(tx: Tx, context: CommandContext, draft: Draft): Promise<Said> {
  const { actor, call, channelId, destinationId, deps, reader } = context;
  const reasons = await findReasons(tx, context, draft);
  const { overLimit, positions, texts } = reasons;
  const length = texts.reduce((sum, text) => sum + [...text].length, 0);
  if (length > textCharsMax) throw new UserError('approval.tooLong', { draft: draft.id, length, max: textCharsMax });
  await requireFewOpen(tx, context, draft);
  const expiresAt = new Date(deps.now().getTime() + openMs);
  const asked = await tx
    .insert(approvals)
    .values({
      ...{ id: draft.id, workspaceId: actor.workspaceId, personId: actor.personId, accountId: actor.accountId },
      ...{ askedChannelId: channelId, channelId: destinationId, conversation: call.conversation },
      ...{ locale: reader.locale, timeZone: reader.timeZone, overLimit, stopped: positions, expiresAt },
    })
    .onConflictDoNothing()
    .returning({ id: approvals.id });
  if (asked.length === 0) throw new UserError('approval.asked', { draft: draft.id });
  await keepDraft(tx, context, draft, expiresAt);
  const request = requestText(draft, call.account.name, reasons);
  if (!isDirect(call) && positions.length === 0) {
    const { message } = privateAnswer(context, request);
    return { message: { ...message, audience: 'channel' } };
  }
  if ((await tellAdmins(tx, actor.workspaceId, request)) === 0) throw new UserError('approval.nobody');
  return privateAnswer(context, { lines: [{ key: 'approval.sent', values: { draft: draft.id } }], tone: 'success' });
}

/** Two that are asked at the same moment may both be the last that fits. */
async function requireFewOpen(tx: Tx, { actor, deps }: CommandContext, draft: Draft): Promise<void> {
  const open = await tx
    .select({ id: approvals.id })
    .from(approvals)
    // What was run or discarded meanwhile needs no answer.
    .innerJoin(drafts, and(eq(drafts.workspaceId, approvals.workspaceId), eq(drafts.id, approvals.id)))
    .where(
      and(
        eq(approvals.workspaceId, actor.workspaceId),
        inArray(approvals.personId, [...actor.personIds]),
        eq(approvals.state, 'open'),
        gt(approvals.expiresAt, deps.now()),
        ne(approvals.id, draft.id),
      ),
    )
    .orderBy(approvals.createdAt);
  const [oldest] = open;
  if (!oldest || open.length < openMax) return;
  throw new UserError('approval.tooMany', { count: open.length, drafts: open.map(({ id }) => id), draft: oldest.id });
}

async function findReasons(tx: Tx, context: CommandContext, draft: Draft): Promise<Reasons> {
  const stopped = findStopped(draft, context.settings.blockedWords);
  // Whatever else is asked about is about a limit, also when there is room just now.
  if (stopped.positions.length === 0) return { ...stopped, overLimit: true };
  const granted = (await findGrants(tx, context)).reduce((sum, { left }) => sum + left, 0);
  const own = (await findLimits(tx, context)).filter(({ scope }) => scope === 'person');
  return { ...stopped, overLimit: creditsOf(draft) > leftInAll(own, granted) };
}

const creditsOf = ({ plan }: Draft): number => plan.images.reduce((sum, image) => sum + image.credits, 0);

function requestText(draft: Draft, name: string, reasons: Reasons): Notice {
  const { id, plan } = draft;
  const values = { name, count: plan.images.length, credits: creditsOf(draft), draft: id };
  const isStopped = reasons.positions.length > 0;
  return {
    tone: 'warning',
    title: { key: isStopped ? 'approval.titleStopped' : 'approval.title', values },
    lines: [
      ...(isStopped
        ? stoppedLines(draft, reasons)
        : [
            plan.private
              ? ({ key: 'approval.private' } as const)
              : { verbatim: shorten(plan.prompt, cardPromptCharsMax) },
          ]),
      { key: 'approval.hint', values: { draft: id } },
    ],
    actions: [
      { id: `admin approve ${id}`, label: { key: 'approval.approve' }, style: 'primary' },
      { id: `admin deny ${id}`, label: { key: 'approval.deny' }, style: 'danger' },
    ],
  };
}

/** Why it was stopped, what exactly, and what approving means. */
function stoppedLines({ plan }: Draft, { overLimit, texts, words }: Reasons): Text[] {
  const { appeal } = plan;
  return [
    ...(appeal ? [{ key: 'approval.fromBatch', values: { batch: appeal.batchId } } as const] : []),
    ...(appeal?.failures ?? []).map((failure): Text => ({ key: `errors.provider.${failure}` as Key })),
    ...(appeal && appeal.details.length > 0
      ? [{ key: 'approval.details', values: { details: { list: appeal.details } } } as const]
      : []),
    ...(words.length > 0 ? [{ key: 'approval.words', values: { words: { list: words } } } as const] : []),
    ...(overLimit ? [{ key: 'approval.alsoOverLimit' } as const] : []),
    ...texts.map((text) => ({ verbatim: text })),
    { key: 'approval.once' },
  ];
}

/** Takes back what the managers have not decided yet about a draft that is about to be another one. */
export async function takeBack(tx: Tx, { actor }: CommandContext, { id }: Draft): Promise<boolean> {
  const open = and(eq(approvals.workspaceId, actor.workspaceId), eq(approvals.id, id), eq(approvals.state, 'open'));
  return (await tx.delete(approvals).where(open).returning({ id: approvals.id })).length > 0;
}
