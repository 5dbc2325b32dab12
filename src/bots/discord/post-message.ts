import { attachPictures } from '#bots/discord/attach-pictures.ts';
import { codeOf, errorCode, isTooLarge } from '#bots/discord/delivery-error.ts';
import type { DiscordDeps } from '#bots/discord/deps.ts';
import { blobsOf, type KnownAttachments, type MessageAttachment } from '#bots/discord/known-attachments.ts';
import { limits } from '#bots/discord/limits.ts';
import type { MessageMarker } from '#bots/discord/message-marker.ts';
import { messageBody } from '#bots/discord/outbound.ts';
import { uploadsOf } from '#bots/discord/uploads.ts';
import type { DeliveryAttempt } from '#core/ports/delivery.ts';
import type { OutgoingPart } from '#core/ports/message.ts';

/** What the API says of a message. */
export interface PostedMessage {
  id: string;
  channel_id: string;
  flags?: number;
  attachments?: MessageAttachment[];
}

export interface MessageOrder {
  channelId: string;
  part: OutgoingPart;
  marker: MessageMarker;
  /** The message in the same channel that it answers. */
  replyTo?: string | undefined;
  attempt: Pick<DeliveryAttempt, 'limits' | 'pause'>;
}

/**
 * Posts one message with its pictures, as a reply where that is possible.
 * @throws {DeliveryError}
 */
export async function postMessage(
  deps: DiscordDeps & { attachments: KnownAttachments },
  order: MessageOrder,
): Promise<PostedMessage> {
  try {
    return await postOnce(deps, order);
  } catch (error) {
    if (codeOf(error) === errorCode.noReplyWithoutHistory) return postOnce(deps, { ...order, replyTo: undefined });
    // The limit was that of a person's interaction; the bot's own is the common one.
    if (isTooLarge(error) && order.attempt.limits.fileBytesMax > limits.fileBytesMax) {
      return postOnce(deps, { ...order, attempt: { ...order.attempt, limits } });
    }
    throw error;
  }
}

async function postOnce(
  deps: DiscordDeps & { attachments: KnownAttachments },
  { channelId, part, marker, replyTo, attempt }: MessageOrder,
): Promise<PostedMessage> {
  const { pictures, leftOut } = await attachPictures(deps, part, part.images, attempt.limits.fileBytesMax);
  const { attachments, files } = uploadsOf(deps.i18n, part, pictures);
  const posted = await deps.api.call<PostedMessage>({
    method: 'POST',
    path: `/channels/${channelId}/messages`,
    body: {
      ...messageBody(deps.i18n, part, { pictures, leftOut, marker: marker.componentId }),
      attachments,
      nonce: marker.nonce,
      enforce_nonce: true,
      ...(replyTo === undefined ? {} : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
    },
    files,
    onExhausted: (waitMs) => attempt.pause(waitMs),
  });
  deps.attachments.keep(posted, blobsOf(pictures));
  return posted;
}
