import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import type { CommandContext, CommandWork } from '#core/commands/define.ts';
import { RetryError } from '#core/errors.ts';
import type { Reply } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import type { Job } from '#core/ports/queue.ts';
import { inWorkspace, send, type Tx } from '#db/client.ts';
import { calls } from '#db/schema/index.ts';

/** How long a repeat waits for the process that was handed the delivery first. */
const firstAnswerMs = 5_000;
const askEveryMs = 250;

type Run = Extract<CommandWork, { kind: 'run' }>;

interface Done {
  reply: Reply;
  jobs: Job[];
  forget: boolean;
}

/** Does a command in one transaction, once for a delivery; undefined when the same delivery was taken in before. */
export async function runOnce(
  context: CommandContext,
  work: Run,
  values: Record<string, unknown>,
): Promise<Done | undefined> {
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
  const { workspaceId, personId } = context.actor;
  const key = { workspaceId, deliveryKey: context.call.deliveryKey, personId };
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
  const { message, settled, postingId, later, jobs = [], forget = false, secret = false } = run.value;
  // The outbox has a card, and what is repeatable is done anew: anything else is kept for a repeat.
  if (postingId === undefined && !work.repeatable && !secret) {
    await tx
      .update(calls)
      .set({ reply: replyOf(await message, {}) })
      .where(and(eq(calls.workspaceId, key.workspaceId), eq(calls.deliveryKey, key.deliveryKey)));
  }
  if (forget) await tx.execute(sql`select pg_notify('easel_identities', '')`);
  return { message: settled, postingId, later, jobs, forget };
}

/** A card is the outbox's to show. Anything else is shown when the process that had it first seems to have died of it. */
export async function replyToRepeat(
  context: CommandContext,
  work: Run,
  values: Record<string, unknown>,
): Promise<Reply> {
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
    const reply = first?.reply as Reply | null | undefined;
    // The version before this one kept cards as well.
    const kept = reply?.kind === 'message' && reply.postingId === undefined ? reply : undefined;
    if (!first || first.answered || !(kept || work.repeatable)) return { kind: 'none' };
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
