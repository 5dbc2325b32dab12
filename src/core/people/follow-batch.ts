import { adminActs } from '#core/admin/acts.ts';
import { isBatchId } from '#core/batches/batch-id.ts';
import { type Elsewhere, findAskedElsewhere, findOwnElsewhere } from '#core/batches/find-own-elsewhere.ts';
import type { Command, CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { isOperator } from '#core/operators.ts';
import { askRole } from '#core/people/ask-role.ts';
import { readPlace } from '#core/people/identify.ts';
import type { Role } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import { inWorkspace } from '#db/client.ts';

/**
 * For a call of somebody who is alone with the bot: the command may name a batch or draft of theirs that is in another workspace, or
 * decide what that asks them as one of its managers. It is done there, with the role and whatever else holds there now, and shown
 * here. For whatever is not theirs the context stays as it is.
 * @throws {UserError} `workspace.suspended` where that workspace is, `elsewhere.left`, `elsewhere.untold`
 */
export async function followBatch(
  context: CommandContext,
  command: Command,
  values: Record<string, unknown>,
): Promise<CommandContext> {
  const { deps, call, actor, reader } = context;
  const found = await findElsewhere(context, command, values);
  if (!found) return context;
  const { workspaceId } = found;
  const role = await roleIn(context, found);
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

async function findElsewhere(
  context: CommandContext,
  { name, options }: Command,
  values: Record<string, unknown>,
): Promise<(Elsewhere & { decides?: boolean }) | undefined> {
  if (name === 'admin') {
    const decides = adminActs.some((act) => act.name === values.act && act.decides);
    const [request = ''] = String(values.words ?? '').split(/\s/);
    const asked = decides && isBatchId(request) ? await findAskedElsewhere(context, request) : undefined;
    return asked && { ...asked, decides };
  }
  const named = options.find(({ kind }) => kind === 'batch' || kind === 'draft');
  const typed = named && values[named.name];
  return typeof typed === 'string' && isBatchId(typed) ? findOwnElsewhere(context, typed) : undefined;
}

/** The app of the workspace has the last word; while it does not answer, people reach what is theirs, and decide nothing. */
async function roleIn({ deps, actor }: CommandContext, found: Elsewhere & { decides?: boolean }): Promise<Role> {
  const { workspaceId, name, lastRole, decides } = found;
  const role = await askRole(deps, workspaceId, actor.personId).catch((error: unknown) => {
    if (!(error instanceof DeliveryError)) throw error;
    deps.log.warn({ err: error, workspaceId }, 'the role in another workspace could not be found out');
    if (decides) throw new UserError('elsewhere.untold', { place: name });
    return lastRole;
  });
  if (!role) throw new UserError('elsewhere.left', { place: name });
  return role;
}
