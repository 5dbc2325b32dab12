import { and, eq } from 'drizzle-orm';
import { requireRole } from '#core/actor.ts';
import { isBatchId } from '#core/batches/batch-id.ts';
import { listModels } from '#core/batches/models.ts';
import type { Command, CommandContext } from '#core/commands/define.ts';
import { imagine } from '#core/commands/imagine.ts';
import { commands } from '#core/commands/index.ts';
import { readOptions, type Vocabulary } from '#core/commands/read-options.ts';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import { identify } from '#core/people/identify.ts';
import type { CommandCall, Reply } from '#core/ports/chat.ts';
import type { Job } from '#core/ports/queue.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import { nearest } from '#core/prompts/nearest.ts';
import { renderError } from '#core/render-error.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { calls } from '#db/schema/index.ts';

/**
 * Answers one thing that a person asked for. Resolves after the commit, always with something to show: what was
 * refused is a sentence, a bug is a reference id. The same delivery again gets the kept reply and changes nothing.
 */
export async function dispatch(deps: Deps, call: CommandCall): Promise<Reply> {
  const log = deps.log.child({ requestId: call.requestId, platform: call.platform });
  let reader = { locale: deps.i18n.match(call.locale) ?? 'en', timeZone: 'UTC' };
  try {
    const identity = await identify(deps, call);
    reader = identity.reader;
    const context: CommandContext = { deps, call, ...identity, requestId: call.requestId };
    const { reply, jobs } = await runOnce(context);
    await deps.queue
      .enqueue(jobs)
      .catch((error) => log.error({ err: error }, 'jobs could not be queued; the sweep will'));
    log.info({ workspaceId: identity.actor.workspaceId }, 'command answered');
    return reply;
  } catch (error) {
    if (error instanceof UserError) log.info({ code: error.code }, 'command refused');
    else log.error({ err: error }, 'command failed');
    return { kind: 'message', message: renderError(error, reader, call.requestId) };
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

async function runOnce(context: CommandContext): Promise<{ reply: Reply; jobs: Job[] }> {
  const { deps, call, actor } = context;
  const vocabulary: Vocabulary = {
    models: listModels(deps.providers).map(({ model }) => model.id),
    locales: deps.i18n.locales,
    commands: commands.map((known) => known.name),
  };
  const { command, rest } = call.bare ? readBare(call.text, vocabulary) : readCommand(call.text);
  requireRole(actor, command.role);
  const values = readOptions(command, rest, vocabulary);
  if (call.files.length > command.filesMax) {
    if (command.filesMax === 0) throw new UserError('attachment.unused', { command: command.name });
    throw new UserError('attachment.tooMany', { count: call.files.length, max: command.filesMax });
  }
  const prepared = await command.prepare(context, values);
  return inWorkspace(deps.db, actor.workspaceId, async (tx) => {
    const kept = await keepCall(tx, context);
    if (kept) return { reply: kept, jobs: [] };
    const { message, postingId, jobs } = await command.run(tx, context, values, prepared);
    const reply: Reply = { kind: 'message', message, ...(postingId === undefined ? {} : { postingId }) };
    await tx
      .update(calls)
      .set({ reply })
      .where(and(eq(calls.workspaceId, actor.workspaceId), eq(calls.deliveryKey, call.deliveryKey)));
    return { reply, jobs: jobs ?? [] };
  });
}

/** Waits for a call with the same key that is still running; then its reply is there. */
async function keepCall(tx: Tx, { actor, call }: CommandContext): Promise<Reply | undefined> {
  const key = { workspaceId: actor.workspaceId, deliveryKey: call.deliveryKey };
  const [mine] = await tx.insert(calls).values(key).onConflictDoNothing().returning({ key: calls.deliveryKey });
  if (mine) return undefined;
  const [kept] = await tx
    .select({ reply: calls.reply })
    .from(calls)
    .where(and(eq(calls.workspaceId, key.workspaceId), eq(calls.deliveryKey, key.deliveryKey)));
  return (kept?.reply as Reply | null | undefined) ?? { kind: 'none' };
}
