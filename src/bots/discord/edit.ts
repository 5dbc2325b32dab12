import { attachPictures } from '#bots/discord/attach-pictures.ts';
import { messagePath } from '#bots/discord/conversation.ts';
import { codeOf, errorCode, isTooLarge } from '#bots/discord/delivery-error.ts';
import type { DiscordDeps } from '#bots/discord/deps.ts';
import { blobsOf, type KnownAttachments, type MessageAttachment } from '#bots/discord/known-attachments.ts';
import { limits } from '#bots/discord/limits.ts';
import { messageBody } from '#bots/discord/outbound.ts';
import type { PostedMessage } from '#bots/discord/post-message.ts';
import { uploadsOf } from '#bots/discord/uploads.ts';
import { type DeliveryAttempt, DeliveryError, type MessageRef } from '#core/ports/delivery.ts';
import type { OutgoingPart } from '#core/ports/message.ts';

type EditDeps = DiscordDeps & { attachments: KnownAttachments };

/**
 * Replaces what a message shows. Pictures that it has already stay; only new ones are uploaded.
 * @throws {DeliveryError}
 */
export async function editPart(
  deps: EditDeps,
  ref: MessageRef,
  part: OutgoingPart,
  attempt: DeliveryAttempt,
): Promise<void> {
  try {
    await editOnce(deps, ref, part, attempt);
  } catch (error) {
    if (codeOf(error) === errorCode.threadArchived) {
      await deps.api.call({ method: 'PATCH', path: `/channels/${ref.channel}`, body: { archived: false } });
      return editOnce(deps, ref, part, attempt);
    }
    // Another process may have replaced files that this one still knows.
    if (codeOf(error) === errorCode.invalidForm && deps.attachments.forget(ref.message)) {
      return editOnce(deps, ref, part, attempt);
    }
    if (isTooLarge(error) && attempt.limits.fileBytesMax > limits.fileBytesMax) {
      return editOnce(deps, ref, part, { ...attempt, limits });
    }
    throw error;
  }
}

async function editOnce(deps: EditDeps, ref: MessageRef, part: OutgoingPart, attempt: DeliveryAttempt): Promise<void> {
  const path = messagePath(ref);
  const before = part.images.length > 0 ? (deps.attachments.find(ref.message) ?? (await lookUp(deps, path))) : [];
  const { pictures, leftOut } = await attachPictures(deps, part, part.images, attempt.limits.fileBytesMax);
  const { attachments, files } = uploadsOf(deps.i18n, part, pictures, ({ name, bytes, image }) => {
    const same = before.find(({ filename, size }) => filename === name && size === bytes.byteLength);
    return same && (same.blob ?? image.blob) === image.blob ? same.id : undefined;
  });
  const edited = await deps.api.call<PostedMessage>({
    method: 'PATCH',
    path,
    body: { ...messageBody(deps.i18n, part, { pictures, leftOut }), attachments },
    files,
    onExhausted: (waitMs) => attempt.pause(waitMs),
  });
  deps.attachments.keep(edited, blobsOf(pictures));
}

/** Another process posted it; without an answer everything is uploaded. @throws {DeliveryError} when it is not there. */
async function lookUp({ api }: EditDeps, path: `/${string}`): Promise<readonly MessageAttachment[]> {
  try {
    return (await api.call<PostedMessage>({ method: 'GET', path })).attachments ?? [];
  } catch (error) {
    if (error instanceof DeliveryError && error.reason === 'forbidden') return [];
    throw error;
  }
}
