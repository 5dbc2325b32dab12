import { type Batch, findBatch } from '#core/batches/find-batch.ts';
import { requireAllowed } from '#core/batches/require-allowed.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import type { CommandCall } from '#core/ports/chat.ts';
import { type Conversation, DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { ensureChannel } from '#core/workspaces/ensure-channel.ts';
import { inWorkspace } from '#db/client.ts';

/** A conversation with the row of its channel. */
export interface Place {
  conversation: Conversation;
  channelId: string;
}

/** Where what its person alone is to see is shown, and where it was asked for: null where that is the same. */
export interface PrivatePlace extends Place {
  asked: Place | null;
}

/** Whether answers of a call go where its person is alone with the bot. */
export function isDirect({ channel, elsewhere }: Pick<CommandCall, 'channel' | 'elsewhere'>): boolean {
  return (elsewhere ?? channel).direct === true;
}

/** Who may see an answer that its person alone is to see: a place that they are alone in needs no private answer. */
export function privateAudience(call: CommandCall): OutgoingMessage['audience'] {
  return isDirect(call) ? 'channel' : 'private';
}

/**
 * Where a request goes that its person alone is to see, as `typed` with one of its prompts, else as it holds here; undefined where
 * everybody may. For `prepare`: the platform is asked, which may take a while.
 * @throws {UserError} `policy.private`, `private.closed` when the person takes no messages from the bot, `private.unreachable`
 */
export async function placeIfPrivate(
  context: CommandContext,
  typed: readonly (boolean | undefined)[],
): Promise<PrivatePlace | undefined> {
  const isPrivate = typed.includes(true) || (context.settings.private && !typed.includes(false));
  if (!isPrivate) return undefined;
  requireAllowed(context, { private: true });
  return findPrivatePlace(context);
}

async function findPrivatePlace(context: CommandContext): Promise<PrivatePlace> {
  const { deps, call, actor, destinationId, reader } = context;
  const here = { conversation: call.conversation, channelId: destinationId };
  if (isDirect(call) || context.isTrial) return { ...here, asked: null };
  const platform = deps.platforms.get(call.platform);
  if (!platform) throw new Error(`no platform ${call.platform}`);
  try {
    const greeting = greet(reader);
    const direct = await platform.direct(call.workspace.platformId, call.account.platformId, { greeting });
    const channelId = await inWorkspace(deps.db, actor.workspaceId, (tx) =>
      ensureChannel(tx, actor.workspaceId, direct.channel),
    );
    return { conversation: direct.conversation, channelId, asked: here };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    deps.log.info({ err: error, requestId: call.requestId }, 'a person could not be written to directly');
    throw new UserError(error.retryable ? 'private.unreachable' : 'private.closed');
  }
}

function greet(reader: CommandContext['reader']): OutgoingMessage {
  return {
    ...reader,
    audience: 'channel',
    tone: 'info',
    lines: [{ key: 'delivery.greeting' }],
    fields: [],
    images: [],
    imagesAs: 'pictures',
    actions: [],
  };
}

/**
 * The same for what is made again from a batch, which is as private as that is; undefined where it is not, or where there is
 * no such batch: `run` says so.
 * @throws {UserError} as `placeIfPrivate`
 */
export async function findPlaceAgain(
  context: CommandContext,
  typedId: string | undefined,
): Promise<PrivatePlace | undefined> {
  if (typedId === undefined) return undefined;
  try {
    const batch = await inWorkspace(context.deps.db, context.actor.workspaceId, (tx) =>
      findBatch(tx, context.actor, typedId),
    );
    if (!batch.private) return undefined;
    requireAllowed(context, { private: true });
    const place = await findPrivatePlace(context);
    return { ...place, asked: place.asked ?? askedPlace(batch) };
  } catch (error) {
    if (error instanceof UserError && error.code === 'batch.unknown') return undefined;
    throw error;
  }
}

/** Where a private batch was asked for; null in the person's direct messages. */
export function askedPlace({ askedConversation, askedChannelId }: Batch): Place | null {
  if (askedConversation === null || askedChannelId === null) return null;
  return { conversation: askedConversation, channelId: askedChannelId };
}

/** Where a batch is shown that somebody asks to see: here, but a private one only where its person is alone. */
export function placeToShow({ call, destinationId }: CommandContext, batch: Batch): Place {
  const { conversation, channelId } = batch;
  if (!batch.private || isDirect(call) || conversation === null || channelId === null) {
    return { conversation: call.conversation, channelId: destinationId };
  }
  return { conversation, channelId };
}
