import { isBatchId } from '#core/batches/batch-id.ts';
import { findOwnElsewhere } from '#core/batches/find-own-elsewhere.ts';
import type { Command, CommandContext } from '#core/commands/define.ts';
import { readPlace } from '#core/people/identify.ts';
import { inWorkspace } from '#db/client.ts';

/**
 * For a call of somebody who is alone with the bot: the command may name a batch or draft of theirs that is in another workspace,
 * and is done there, with what holds there, and shown here. For whatever is not theirs the context stays as it is.
 */
export async function followBatch(
  context: CommandContext,
  { options }: Pick<Command, 'options'>,
  values: Record<string, unknown>,
): Promise<CommandContext> {
  const { deps, call, actor, reader } = context;
  const named = options.find(({ kind }) => kind === 'batch' || kind === 'draft');
  const typed = named && values[named.name];
  if (typeof typed !== 'string' || !isBatchId(typed)) return context;
  const found = await findOwnElsewhere(context, typed);
  if (!found) return context;
  const { workspaceId, role } = found;
  const {
    settings,
    mappings: _,
    ...place
  } = await inWorkspace(deps.db, workspaceId, (tx) => readPlace(tx, workspaceId, call));
  return {
    ...context,
    ...place,
    settings,
    actor: { ...actor, workspaceId, role },
    reader: { ...reader, timeZone: settings.timeZone },
  };
}
