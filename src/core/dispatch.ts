import { refuseStopped } from '#core/batches/ask-approval.ts';
import { listModels, listQualities } from '#core/batches/models.ts';
import { StoppedPlanError } from '#core/batches/stopped-plan.ts';
import type { CommandContext, Vocabulary } from '#core/commands/define.ts';
import { commands } from '#core/commands/index.ts';
import { operator } from '#core/commands/operator.ts';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import { isOperator } from '#core/operators.ts';
import { followBatch } from '#core/people/follow-batch.ts';
import { identify } from '#core/people/identify.ts';
import type { CommandCall, Reply } from '#core/ports/chat.ts';
import { findReplied } from '#core/postings/find-replied.ts';
import { settleBudgets, type Taken, takeBudgets } from '#core/postings/take-budgets.ts';
import { readCall } from '#core/read-call.ts';
import { isTalk } from '#core/read-typed.ts';
import { renderError } from '#core/render-error.ts';
import { replyToRepeat, runOnce } from '#core/run-once.ts';
import { tryOut } from '#core/try-out.ts';

/**
 * Answers one thing that a person asked for. Resolves after the commit, always with something to show: what was
 * refused is a sentence, a bug is a reference id. The same delivery again changes nothing and gets nothing, unless the
 * first was never answered: then it gets the kept reply.
 */
export async function dispatch(deps: Deps, call: CommandCall): Promise<Reply> {
  if (isTalk(call, vocabularyOf(deps))) return { kind: 'none' };
  if (!deps.deliveries.begin(call)) return { kind: 'none' };
  const about = { requestId: call.requestId, platform: call.platform };
  let reader = { locale: deps.i18n.match(call.locale) ?? 'en', timeZone: 'UTC' };
  try {
    const identity = await identify(deps, call);
    reader = identity.reader;
    const operates = isOperator(deps.operators, call);
    if (identity.settings.suspended && !operates) throw new UserError('workspace.suspended');
    const context: CommandContext = {
      ...{ deps, call, ...identity, vocabulary: vocabularyOf(deps, operates) },
      ...{ requestId: call.requestId, replyFits: true, tryOut },
    };
    const replied = call.repliesTo && (await findReplied(context, call.repliesTo));
    if (call.overheard && !replied) return { kind: 'none' };
    const reply = await answer(replied ? { ...context, replied } : context);
    deps.log.info({ ...about, workspaceId: identity.actor.workspaceId }, 'command answered');
    return reply;
  } catch (error) {
    if (error instanceof UserError) logRefused(deps, call, error);
    else {
      deps.deliveries.forget(call);
      deps.log.error({ ...about, err: error }, 'command failed');
    }
    return { kind: 'message', message: renderError(error, reader, call.requestId) };
  }
}

function logRefused(
  { log }: Pick<Deps, 'log'>,
  { requestId, platform, account }: CommandCall,
  { code }: UserError,
): void {
  log.info({ requestId, platform, code }, 'command refused');
  if (code !== 'role.required') return;
  const security = log.child({ log: 'security' });
  security.warn(
    { event: 'right_refused', platform, account: account.platformId, requestId, code },
    'a right was missing',
  );
}

async function answer(asked: CommandContext): Promise<Reply> {
  const { command, values } = readCall(asked);
  const context = asked.call.channel.direct ? await followBatch(asked, command, values) : asked;
  const { deps, call, actor } = context;
  if (command.work.kind === 'answer') {
    return { kind: 'message', message: command.work.answer(context, values).message };
  }
  const room = command.audience === 'private' ? { fits: true } : await takeReply(deps, call);
  const done = await runOnce({ ...context, replyFits: room.fits }, command.work, values).catch(async (error) => {
    await giveBack(deps, room.taken);
    // What belongs to another workspace has its buttons there.
    const isHere = actor.workspaceId === asked.actor.workspaceId;
    if (!(error instanceof StoppedPlanError) || !isHere) throw error;
    deps.log.info({ requestId: call.requestId, platform: call.platform, code: error.code }, 'command refused');
    return refuseStopped(context, error);
  });
  if (done && 'audience' in done) return { kind: 'message', message: done };
  const isShown = done?.reply.kind === 'message' && done.reply.message.audience === 'channel';
  if (!isShown) await giveBack(deps, room.taken);
  if (!done) return replyToRepeat(context, command.work, values);
  deps.deliveries.keep(call, actor.workspaceId, isShown ? room.taken : undefined);
  if (done.forget) deps.identities.clear();
  // Nobody waits for the queue: what it loses, the sweep finds.
  deps.queue
    .enqueue(done.jobs)
    .catch((error) =>
      deps.log.error({ err: error, requestId: call.requestId }, 'jobs could not be queued; the sweep will'),
    );
  return done.reply;
}

/** A reply in the channel draws on the platform's budgets, where it is a message like any other. */
async function takeReply(deps: Deps, call: CommandCall): Promise<{ fits: boolean; taken?: Taken }> {
  const platform = deps.platforms.get(call.platform);
  if (!platform || !call.channel.limits.repliesCount) return { fits: true };
  const budgets = platform.budgets({
    kind: 'send',
    workspace: call.workspace.platformId,
    channel: call.conversation.channel,
    images: 0,
    urgency: 'first',
    repeat: false,
  });
  const take = await takeBudgets(deps, platform.id, budgets, { urgency: 'first' });
  return 'taken' in take ? { fits: true, taken: take.taken } : { fits: false };
}

/** Nothing will be shown. */
async function giveBack(deps: Deps, taken: Taken | undefined): Promise<void> {
  if (taken) await settleBudgets(deps, taken, () => 0);
}

const vocabularies = new WeakMap<Deps['providers'], { everybody: Vocabulary; operators: Vocabulary }>();

/** The same for every call of a process; who runs the installation has one command more. */
function vocabularyOf({ providers, i18n }: Deps, operates = false): Vocabulary {
  const known = vocabularies.get(providers) ?? listWords(providers, i18n);
  vocabularies.set(providers, known);
  return operates ? known.operators : known.everybody;
}

function listWords(providers: Deps['providers'], { locales }: Deps['i18n']) {
  const everybody = {
    models: listModels(providers).map(({ model }) => model.id),
    qualities: listQualities(providers),
    locales,
    commands: commands.map(({ name }) => name),
  };
  return { everybody, operators: { ...everybody, commands: [...everybody.commands, operator.name] } };
}
