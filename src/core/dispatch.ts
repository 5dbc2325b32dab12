import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import { requireRole } from '#core/actor.ts';
import { isBatchId } from '#core/batches/batch-id.ts';
import { listModels } from '#core/batches/models.ts';
import type { Command, CommandContext, CommandWork } from '#core/commands/define.ts';
import { imagine } from '#core/commands/imagine.ts';
import { commands } from '#core/commands/index.ts';
import { readOptions, type Vocabulary } from '#core/commands/read-options.ts';
import type { Deps } from '#core/deps.ts';
import { RetryError, UserError } from '#core/errors.ts';
import { identify } from '#core/people/identify.ts';
import type { CommandCall, OutgoingMessage, Reply } from '#core/ports/chat.ts';
import type { Job } from '#core/ports/queue.ts';
import { settleBudgets, type Taken, takeBudgets } from '#core/postings/take-budgets.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import { nearest } from '#core/prompts/nearest.ts';
import { renderError } from '#core/render-error.ts';
import { inWorkspace, send, type Tx } from '#db/client.ts';
import { calls } from '#db/schema/index.ts';

/** How long a repeat waits for the process that was handed the delivery first. */
const firstAnswerMs = 5_000;
const askEveryMs = 250;

/**
 * Answers one thing that a person asked for. Resolves after the commit, always with something to show: what was
 * refused is a sentence, a bug is a reference id. The same delivery again changes nothing and gets nothing, unless the
 * first was never answered: then it gets the kept reply.
 */
export async function dispatch(deps: Deps, call: CommandCall): Promise<Reply> {
  if (!deps.deliveries.begin(call)) return { kind: 'none' };
  const about = { requestId: call.requestId, platform: call.platform };
  let reader = { locale: deps.i18n.match(call.locale) ?? 'en', timeZone: 'UTC' };
  try {
    const identity = await identify(deps, call);
    reader = identity.reader;
    const context: CommandContext = { deps, call, ...identity, requestId: call.requestId, replyFits: true };
    const reply = await answer(context);
    deps.log.info({ ...about, workspaceId: identity.actor.workspaceId }, 'command answered');
    return reply;
  } catch (error) {
    if (error instanceof UserError) deps.log.info({ ...about, code: error.code }, 'command refused');
    else {
      deps.deliveries.forget(call);
      deps.log.error({ ...about, err: error }, 'command failed');
    }
    return { kind: 'message', message: renderError(error, reader, call.requestId) };
  }
}

async function answer(context: CommandContext): Promise<Reply> {
  const { deps, call, actor } = context;
  const { command, values } = readCall(context);
  if (command.work.kind === 'answer') {
    return { kind: 'message', message: command.work.answer(context, values).message };
  }
  const room = command.audience === 'private' ? { fits: true } : await takeReply(deps, call);
  const done = await runOnce({ ...context, replyFits: room.fits }, command.work, values).catch(async (error) => {
    await giveBack(deps, room.taken);
    throw error;
  });
  if (!done || done.reply.kind === 'later') await giveBack(deps, room.taken);
  if (!done) return replyToRepeat(context, command.work, values);
  deps.deliveries.keep(call, actor.workspaceId, done.reply.kind === 'later' ? undefined : room.taken);
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

/** A card is the outbox's to show. Anything else is shown when the process that had it first seems to have died of it. */
async function replyToRepeat(context: CommandContext, work: Run, values: Record<string, unknown>): Promise<Reply> {
  const { deps, call, actor } = context;
  const row = and(eq(calls.workspaceId, actor.workspaceId), eq(calls.deliveryKey, call.deliveryKey));
  for (;;) {
    const [first] = await inWorkspace(deps.db, actor.workspaceId, (tx) =>
      tx
        .select({
          reply: calls.reply,
          answered: sql<boolean>`${calls.answeredAt} is not null`,
          old: sql<boolean>`${calls.createdAt} < now() - make_interval(secs => ${firstAnswerMs / 1000})`,
        })
        .from(calls)
        .where(row),
    );
    const kept = first?.reply as Reply | null | undefined;
    if (!first || first.answered || !(kept || work.readsOnly)) return { kind: 'none' };
    if (!first.old) {
      await sleep(askEveryMs);
      continue;
    }
    deps.deliveries.keep(call, actor.workspaceId);
    if (kept) return kept;
    const { message } = await inWorkspace(deps.db, actor.workspaceId, (tx) => work.run(tx, context, values, undefined));
    return { kind: 'message', message: await message };
  }
}

/** Splits `/imagine@easel a fox` into the command and the rest. */
export function readCommand(text: string): { command: Command; rest: string } {
  const match = /^\s*\/?([\p{L}\p{N}_-]+)(?:@[\w.-]+)?(?=\s|$)\s*([\s\S]*)$/u.exec(cleanText(text));
  if (!match?.[1]) throw new UserError('command.none');
  const name = match[1].toLowerCase();
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    throw new UserError('command.unknown', {
      command: name,
      nearest: nearest(
        name,
        commands.map((known) => known.name),
      ),
    });
  }
  return { command, rest: match[2] ?? '' };
}

/** What was said without a command sign: a command when it reads as a whole one, else a prompt. */
export function readBare(text: string, vocabulary: Vocabulary): { command: Command; rest: string } {
  const read = /^\s*\//.test(text) ? readCommand(text) : readWholeCommand(text, vocabulary);
  return read ?? { command: imagine, rest: cleanText(text) };
}

function readWholeCommand(text: string, vocabulary: Vocabulary): { command: Command; rest: string } | undefined {
  try {
    const read = readCommand(text);
    const values = readOptions(read.command, read.rest, vocabulary);
    const missing = read.command.options.some((option) => option.required && !values[option.name]);
    const misnamed = read.command.options.some(
      (option) =>
        option.kind === 'batch' && values[option.name] !== undefined && !isBatchId(String(values[option.name])),
    );
    return missing || misnamed ? undefined : read;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const vocabularies = new WeakMap<Deps['providers'], Vocabulary>();

/** The same for every call of a process. */
function vocabularyOf({ providers, i18n }: Deps): Vocabulary {
  const known = vocabularies.get(providers) ?? {
    models: listModels(providers).map(({ model }) => model.id),
    locales: i18n.locales,
    commands: commands.map(({ name }) => name),
  };
  vocabularies.set(providers, known);
  return known;
}

function readCall({ deps, call, actor }: CommandContext): { command: Command; values: Record<string, unknown> } {
  const vocabulary = vocabularyOf(deps);
  const { command, rest } = call.bare ? readBare(call.text, vocabulary) : readCommand(call.text);
  requireRole(actor, command.role);
  const values = readOptions(command, rest, vocabulary);
  if (call.files.length > command.filesMax) {
    if (command.filesMax === 0) throw new UserError('attachment.unused', { command: command.name });
    throw new UserError('attachment.tooMany', { count: call.files.length, max: command.filesMax });
  }
  return { command, values };
}

type Run = Extract<CommandWork, { kind: 'run' }>;

interface Done {
  reply: Reply;
  jobs: Job[];
  forget: boolean;
}

/** Undefined when the same delivery was taken in before. */
async function runOnce(context: CommandContext, work: Run, values: Record<string, unknown>): Promise<Done | undefined> {
  const prepared = await work.prepare(context, values);
  for (;;) {
    try {
      const { message, ...done } = await inWorkspace(context.deps.db, context.actor.workspaceId, (tx) =>
        claimAndRun(tx, context, work, values, prepared),
      );
      const [said] = await message;
      if (said.status === 'rejected') throw said.reason;
      return { ...done, reply: replyOf(said.value, done) };
    } catch (error) {
      if (error instanceof RepeatError) return undefined;
      if (!(error instanceof RetryError)) throw error;
    }
  }
}

function replyOf(
  message: OutgoingMessage,
  { postingId, later }: { postingId?: string | undefined; later?: boolean | undefined },
): Reply {
  if (later) return { kind: 'later' };
  return { kind: 'message', message, ...(postingId === undefined ? {} : { postingId }) };
}

/** Undoes what a repeat has written. */
class RepeatError extends Error {}

async function claimAndRun(
  tx: Tx,
  context: CommandContext,
  work: Run,
  values: Record<string, unknown>,
  prepared: unknown,
) {
  const key = { workspaceId: context.actor.workspaceId, deliveryKey: context.call.deliveryKey };
  // Waits for a call with the same key that is still running. What follows is sent at once, as a repeat is rare.
  const claim = send(tx.insert(calls).values(key).onConflictDoNothing().returning({ key: calls.deliveryKey }));
  const answered = work.run(tx, context, values, prepared).then((answer) => ({
    ...answer,
    // Whatever becomes of the transaction, somebody waits for what is said after it.
    settled: Promise.allSettled([answer.message]),
  }));
  const [claimed, run] = await Promise.allSettled([claim, answered]);
  if (claimed.status === 'rejected') throw claimed.reason;
  if (claimed.value.length === 0) throw new RepeatError('this delivery was taken in before');
  if (run.status === 'rejected') throw run.reason;
  const { message, settled, postingId, later, jobs = [], forget = false } = run.value;
  // The outbox has a card, and what only reads is read anew: anything else is kept for a repeat.
  if (postingId === undefined && !work.readsOnly) {
    await tx
      .update(calls)
      .set({ reply: replyOf(await message, {}) })
      .where(and(eq(calls.workspaceId, key.workspaceId), eq(calls.deliveryKey, key.deliveryKey)));
  }
  if (forget) await tx.execute(sql`select pg_notify('easel_identities', '')`);
  return { message: settled, postingId, later, jobs, forget };
}
