import { setTimeout as sleep } from 'node:timers/promises';
import { type SentMessage, toSentMessage } from '#bots/telegram/conversation.ts';
import { refusalOf, toDeliveryError } from '#bots/telegram/delivery-error.ts';
import { toHtml } from '#bots/telegram/format.ts';
import { layOutButtons, layOutCaptions, textOrPlaceholder } from '#bots/telegram/outbound.ts';
import { leftOutNote, prepareAlbum } from '#bots/telegram/prepare-album.ts';
import type { SendDeps } from '#bots/telegram/send-part.ts';
import { documentMedia, photoMedia } from '#bots/telegram/upload.ts';
import { type DeliveryAttempt, DeliveryError, type MessageRef, type OutgoingPart } from '#core/ports/chat.ts';

/**
 * Replaces what a message shows; an album keeps its number of pictures. What is the same already is done.
 * @throws {DeliveryError}
 */
export async function editPart(
  deps: SendDeps,
  ref: MessageRef,
  part: OutgoingPart,
  attempt: DeliveryAttempt,
): Promise<void> {
  const sent = toSentMessage(ref);
  if (sent.kind === 'text') await editText(deps, sent, part);
  else await editAlbum(deps, sent, part, attempt);
}

async function editText(deps: SendDeps, { chatId, messageIds }: SentMessage, part: OutgoingPart): Promise<void> {
  const api = await deps.api();
  const [messageId = 0] = messageIds;
  await unlessTheSame(() =>
    api.editMessageText(chatId, messageId, toHtml(textOrPlaceholder(deps.i18n, part)), {
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      ...buttons(deps, part),
    }),
  );
}

async function editAlbum(
  deps: SendDeps,
  { chatId, kind, messageIds }: SentMessage,
  part: OutgoingPart,
  { limits }: DeliveryAttempt,
): Promise<void> {
  const { pictures, leftOut } = await prepareAlbum(deps, part, limits);
  if (pictures.length !== messageIds.length) {
    throw new DeliveryError('bad_request', 'an album keeps its number of pictures', { retryable: false });
  }
  const images = pictures.map(({ image }) => image);
  const captions = layOutCaptions(deps.i18n, part, images, leftOutNote(part, leftOut)).map(toHtml);
  const api = await deps.api();
  for (const [index, picture] of pictures.entries()) {
    if (index > 0) await sleep(limits.sendSpacingMs);
    const media = await (kind === 'document' ? documentMedia : photoMedia)(picture, captions[index] ?? '');
    const rows = pictures.length === 1 ? buttons(deps, part) : {};
    await unlessTheSame(() => api.editMessageMedia(chatId, messageIds[index] ?? 0, media, rows));
  }
}

function buttons({ i18n }: SendDeps, part: OutgoingPart) {
  const rows = layOutButtons(i18n, part);
  return rows.length === 0 ? {} : { reply_markup: { inline_keyboard: rows } };
}

async function unlessTheSame(edit: () => Promise<unknown>): Promise<void> {
  try {
    await edit();
  } catch (error) {
    if (!refusalOf(error)?.description.includes('message is not modified')) throw toDeliveryError(error);
  }
}
