import { type SentMessage, toSentMessage } from '#bots/telegram/conversation.ts';
import { editAlbum } from '#bots/telegram/edit-album.ts';
import { toHtml } from '#bots/telegram/format.ts';
import { textOrPlaceholder } from '#bots/telegram/outbound.ts';
import { buttons, type SendDeps } from '#bots/telegram/send-part.ts';
import { unlessTheSame } from '#bots/telegram/unless-the-same.ts';
import type { DeliveryAttempt, MessageRef } from '#core/ports/delivery.ts';
import type { OutgoingPart } from '#core/ports/message.ts';

/**
 * Replaces what a message shows.
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
