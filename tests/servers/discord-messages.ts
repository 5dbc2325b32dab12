import { resolveAttachments } from '#tests/servers/discord-attachments.ts';
import { type Context, dispatchDelete, dispatchMessage, has } from '#tests/servers/discord-context.ts';
import { invalidForm, refusal, tooLong } from '#tests/servers/discord-errors.ts';
import { findPings } from '#tests/servers/discord-mentions.ts';
import { checkMessage } from '#tests/servers/discord-message-rules.ts';
import type { UploadedFile } from '#tests/servers/discord-requests.ts';
import {
  addMessage,
  type Channel,
  type Component,
  findMessage,
  type Json,
  type Message,
  messageFlags,
} from '#tests/servers/discord-world.ts';

export interface MessageOrder {
  channel: Channel;
  authorId: string;
  body: Json;
  files: readonly UploadedFile[];
  fileBytesMax: number;
  /** Where the message is in the request's body. */
  path: readonly (string | number)[];
  visibleTo?: string | undefined;
  interactionId?: string | undefined;
  asked?: Message['asked'];
}

/** Flags that the sender of a message may set. */
const settable = messageFlags.componentsV2 | messageFlags.silent | (1 << 2);

/** Posts a message of the app, or returns the one that its enforced nonce names. @throws {ApiRefusal} */
export function postMessage(context: Context, order: MessageOrder): Message {
  const { world } = context;
  const { channel, body, path } = order;
  const nonce = order.interactionId === undefined ? readNonce(body, path) : undefined;
  if (order.interactionId !== undefined && (body.nonce ?? undefined) !== undefined) {
    world.violations.push('a nonce is ignored in answers to interactions');
  }
  const earlier = nonce !== undefined && body.enforce_nonce === true ? findByNonce(context, order, nonce) : undefined;
  if (earlier) return earlier;
  const replyTo = readReference(context, order);
  const attachments = resolveAttachments(world, {
    listed: body.attachments ?? undefined,
    files: order.files,
    before: [],
    private: order.visibleTo !== undefined,
    fileBytesMax: order.fileBytesMax,
    path: [...path, 'attachments'],
  });
  const shown = {
    content: String(body.content ?? '').trim(),
    embeds: (body.embeds as Json[] | null) ?? [],
    components: (body.components as Component[] | null) ?? [],
    attachments,
    flags: Number(body.flags ?? 0) & settable,
  };
  checkMessage({ ...shown, hasPollOrStickers: hasPollOrStickers(body) }, path);
  const { authorId, visibleTo, interactionId, asked } = order;
  const mentions = findPings(world, { channel, authorId, ...shown, replyTo, allowed: body.allowed_mentions, path });
  const message: Message = {
    id: world.newId(),
    channelId: channel.id,
    authorId,
    ...shown,
    flags: shown.flags | (visibleTo === undefined ? 0 : messageFlags.ephemeral),
    createdAt: world.now(),
    edits: 0,
    ...mentions,
    deleted: false,
    ...(visibleTo === undefined ? {} : { visibleTo }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(interactionId === undefined ? {} : { interactionId }),
    ...(asked === undefined ? {} : { asked }),
  };
  // Writing to an archived thread brings it back.
  channel.archived = false;
  addMessage(world, channel, message);
  if (nonce !== undefined) world.nonces.set(`${authorId}:${nonce}`, message);
  dispatchMessage(context, 'MESSAGE_CREATE', message);
  return message;
}

/** Replaces what a request names and keeps the rest. @throws {ApiRefusal} */
export function editMessage(
  context: Context,
  message: Message,
  order: Omit<MessageOrder, 'channel' | 'authorId'>,
): void {
  const { world } = context;
  const { body, path } = order;
  const attachments = resolveAttachments(world, {
    listed: body.attachments,
    files: order.files,
    before: message.attachments,
    private: message.visibleTo !== undefined,
    fileBytesMax: order.fileBytesMax,
    path: [...path, 'attachments'],
  });
  const wanted = typeof body.flags === 'number' ? body.flags : undefined;
  if (wanted !== undefined && has(message.flags, 'componentsV2') && !has(wanted, 'componentsV2')) {
    const text = 'The MessageFlags.IS_COMPONENTS_V2 flag cannot be removed';
    throw invalidForm([{ path: [...path, 'flags'], code: 'MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG', message: text }]);
  }
  if (wanted !== undefined && has(wanted, 'ephemeral') && message.visibleTo === undefined) {
    world.violations.push('an edit asks to make a public message private; Discord ignores that');
  }
  const fixed = message.flags & ~(settable | messageFlags.loading);
  const shown = {
    content: body.content === undefined ? message.content : String(body.content ?? '').trim(),
    embeds: body.embeds === undefined ? message.embeds : ((body.embeds as Json[] | null) ?? []),
    components: body.components === undefined ? message.components : ((body.components as Component[] | null) ?? []),
    attachments,
    flags: fixed | ((wanted ?? message.flags) & settable),
  };
  checkMessage({ ...shown, hasPollOrStickers: hasPollOrStickers(body) }, path);
  const wasLoading = has(message.flags, 'loading');
  Object.assign(message, shown, { editedAt: world.now(), edits: message.edits + (wasLoading ? 0 : 1) });
  if (wasLoading) {
    // The first text of a deferred answer notifies as a new message would.
    const channel = world.channels.get(message.channelId);
    const allowed = body.allowed_mentions;
    if (channel) Object.assign(message, findPings(world, { ...message, channel, allowed, path }));
  }
  for (const attachment of attachments) {
    world.attachments.set(attachment.id, { attachment, channelId: message.channelId });
  }
  world.changes.emit('change');
  dispatchMessage(context, 'MESSAGE_UPDATE', message);
}

export function deleteMessage(context: Context, message: Message): void {
  message.deleted = true;
  context.world.changes.emit('change');
  dispatchDelete(context, message);
}

function readNonce(body: Json, path: MessageOrder['path']): string | undefined {
  if (body.nonce === undefined || body.nonce === null) return undefined;
  const nonce = String(body.nonce);
  if (nonce.length > 25) throw invalidForm([tooLong([...path, 'nonce'], 25)]);
  return nonce;
}

/** "In the past few minutes"; the documents name no channel, so the nonce counts in all of them. */
function findByNonce({ world, nonceMs }: Context, { authorId }: MessageOrder, nonce: string): Message | undefined {
  const message = world.nonces.get(`${authorId}:${nonce}`);
  return message && message.createdAt > world.now() - nonceMs && !message.deleted ? message : undefined;
}

function readReference({ world }: Context, { body, channel, path }: MessageOrder): string | undefined {
  const reference = body.message_reference as Json | null | undefined;
  if (!reference || reference.message_id === undefined) return undefined;
  const id = String(reference.message_id);
  const answered = findMessage(world, id);
  if (answered?.channelId === channel.id && answered.visibleTo === undefined) return id;
  if (reference.fail_if_not_exists === false) return undefined;
  const code = 'REPLIES_UNKNOWN_MESSAGE';
  throw invalidForm([{ path: [...path, 'message_reference'], code, message: 'Unknown message' }]);
}

function hasPollOrStickers({ poll, sticker_ids }: Json): boolean {
  return Boolean(poll) || ((sticker_ids as unknown[] | null | undefined) ?? []).length > 0;
}

/** @throws {ApiRefusal} when there is no such message in the channel, or only one person sees it. */
export function requireMessage({ world }: Context, channel: Channel, id: string): Message {
  const message = findMessage(world, id);
  if (message?.channelId !== channel.id || message.visibleTo !== undefined) throw refusal('unknownMessage');
  return message;
}
