import type { Command, CommandContext, Prompts } from '#core/commands/define.ts';
import { readOptions } from '#core/commands/read-options.ts';
import { RetryError, UserError } from '#core/errors.ts';
import { followBatch } from '#core/people/follow-batch.ts';
import { readCall } from '#core/read-call.ts';
import { readCommand } from '#core/read-typed.ts';
import { inWorkspace } from '#db/client.ts';

/** Stands for words that were left out, as in `imagine --n 40`. */
const anyWords = 'a';

/** Undoes what was tried. */
class Tried extends Error {}

/**
 * Runs a line as the real thing would, for whoever the context is of, and undoes it. Resolves to the refusal that there would
 * be; undefined where there would be none.
 */
export async function tryOut(asking: CommandContext, line: string): Promise<UserError | undefined> {
  const { replied: _replied, ...alone } = asking;
  const { repliesTo: _answered, ...asked } = asking.call;
  const call = { ...asked, text: line, files: [], bare: false };
  const context: CommandContext = { ...alone, call, isTrial: true };
  try {
    const { command, values } = readCall(context);
    const followed = call.channel.direct ? await followBatch(context, command, values) : context;
    await runAndUndo(followed, command, withWords(context, command, values));
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function runAndUndo(context: CommandContext, { work }: Command, values: Record<string, unknown>): Promise<void> {
  if (work.kind === 'answer') return;
  const prepared = await work.prepare(context, values);
  for (;;) {
    try {
      await inWorkspace(context.deps.db, context.actor.workspaceId, async (tx) => {
        const { message } = await work.run(tx, context, values, prepared);
        await message;
        throw new Tried();
      });
    } catch (error) {
      if (error instanceof Tried) return;
      if (!(error instanceof RetryError)) throw error;
    }
  }
}

/** Flags may be asked about without a prompt. */
function withWords({ call, vocabulary }: CommandContext, command: Command, values: Record<string, unknown>) {
  const prompts = command.options.find(({ kind, positional }) => kind === 'prompts' && positional);
  if (!prompts || (values[prompts.name] as Prompts | undefined)?.lines.length !== 0) return values;
  const { rest } = readCommand(call.text);
  return readOptions(command, `${anyWords} ${rest}`, vocabulary);
}
