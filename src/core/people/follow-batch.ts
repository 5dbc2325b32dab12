import { adminActs } from '#core/admin/acts.ts';
import { isBatchId } from '#core/batches/batch-id.ts';
import { findAskedElsewhere, findOwnElsewhere } from '#core/batches/find-own-elsewhere.ts';
import type { Command, CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { isOperator } from '#core/operators.ts';
import { readPlace } from '#core/people/identify.ts';
import { inWorkspace } from '#db/client.ts';

/**
 * For a call of somebody who is alone with the bot: the command may name a batch or draft of theirs that is in another workspace, or
 * decide what that asks them as one of its managers. It is done there, with what holds there, and shown here. For whatever is not
 * theirs the context stays as it is.
 * @throws {UserError} `workspace.suspended` where that workspace is.
 */
export async function followBatch(
  context: CommandContext,
  command: Command,
  values: Record<string, unknown>,
): Promise<CommandContext> {
  const { deps, call, actor, reader } = context;
  const found = await findElsewhere(context, command, values);
  if (!found) return context;
  const { workspaceId, role } = found;
  const {
    settings,
    mappings: _,
    ...place
  } = await inWorkspace(deps.db, workspaceId, (tx) => readPlace(tx, workspaceId, call));
  if (settings.suspended && !isOperator(deps.operators, call)) throw new UserError('workspace.suspended');
  return {
    ...context,
    ...place,
    settings,
    actor: { ...actor, workspaceId, role },
    reader: { ...reader, timeZone: settings.timeZone },
  };
}

function findElsewhere(context: CommandContext, { name, options }: Command, values: Record<string, unknown>) {
  if (name === 'admin') {
    const decides = adminActs.some((act) => act.name === values.act && act.decides);
    const [request = ''] = String(values.words ?? '').split(/\s/);
    return decides && isBatchId(request) ? findAskedElsewhere(context, request) : undefined;
  }
  const named = options.find(({ kind }) => kind === 'batch' || kind === 'draft');
  const typed = named && values[named.name];
  return typeof typed === 'string' && isBatchId(typed) ? findOwnElsewhere(context, typed) : undefined;
}
