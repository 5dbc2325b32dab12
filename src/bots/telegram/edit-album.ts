import { setTimeout as sleep } from 'node:timers/promises';
import type { PreparedPicture } from '#bots/prepare-pictures.ts';
import { type SentMessage, slotOf } from '#bots/telegram/conversation.ts';
import { toHtml } from '#bots/telegram/format.ts';
import { layOutCaptions } from '#bots/telegram/outbound.ts';
import { leftOutNote, prepareAlbum } from '#bots/telegram/prepare-album.ts';
import { buttons, type SendDeps } from '#bots/telegram/send-part.ts';
import { takeAway } from '#bots/telegram/take-away.ts';
import { unlessTheSame } from '#bots/telegram/unless-the-same.ts';
import { documentMedia, photoMedia } from '#bots/telegram/upload.ts';
import { type DeliveryAttempt, DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingPart } from '#core/ports/message.ts';

/** One message of an album, and what it is to show; nothing where it is to go. */
type Item = { messageId: number } & ({ kept: OutgoingImage } | { put: PreparedPicture } | { gone: string });

/**
 * Replaces what the messages of an album show: pictures that are gone are taken away, others come into their places, and
 * the words are with the first that is left.
 * @throws {DeliveryError} `bad_request` where it is not known which message shows what, or they do not suffice.
 */
export async function editAlbum(
  deps: SendDeps,
  sent: SentMessage,
  part: OutgoingPart,
  { limits }: DeliveryAttempt,
): Promise<void> {
  const api = await deps.api();
  const fresh = part.images.filter((image) => image.slot !== undefined || !sent.slots?.includes(slotOf(image)));
  const { pictures, leftOut } = await prepareAlbum(deps, { ...part, images: fresh }, limits);
  const items = placePictures(sent, part.images, pictures);
  const images = items.flatMap((item) => ('kept' in item ? [item.kept] : 'put' in item ? [item.put.image] : []));
  const captions = layOutCaptions(deps.i18n, part, images, leftOutNote(part, leftOut)).map(toHtml);
  const captionOf = (image: OutgoingImage) => captions[images.indexOf(image)] ?? '';
  const rows = items.length === 1 ? buttons(deps, part) : {};
  let edits = 0;
  const edit = async (run: () => Promise<unknown>) => {
    if (edits > 0) await sleep(limits.sendSpacingMs);
    edits += 1;
    await unlessTheSame(run);
  };
  for (const item of items) {
    const { messageId } = item;
    if ('gone' in item) await takeAway(deps, { ...sent, ...item }, part);
    else if ('put' in item) {
      const media = await (sent.kind === 'document' ? documentMedia : photoMedia)(item.put, captionOf(item.put.image));
      await edit(() => api.editMessageMedia(sent.chatId, messageId, media, rows));
    } else if (item.kept === images[0]) {
      const words = { caption: captionOf(item.kept), parse_mode: 'HTML', ...rows } as const;
      await edit(() => api.editMessageCaption(sent.chatId, messageId, words));
    }
  }
}

/** Each picture stays in its place, and new ones come into the places of those that are gone. */
function placePictures(
  { messageIds, slots }: SentMessage,
  images: readonly OutgoingImage[],
  pictures: readonly PreparedPicture[],
): Item[] {
  const isOwn = ({ image }: PreparedPicture) => slots?.includes(slotOf(image)) ?? false;
  const added = pictures.filter((picture) => !isOwn(picture));
  const items = messageIds.map((messageId, index): Item => {
    const slot = slots?.[index] ?? '';
    const replaced = pictures.find((picture) => isOwn(picture) && slotOf(picture.image) === slot);
    const kept = images.find((image) => image.slot === undefined && slotOf(image) === slot);
    const put = replaced ?? (kept ? undefined : added.shift());
    return put ? { messageId, put } : kept ? { messageId, kept } : { messageId, gone: slot };
  });
  if (added.length > 0 || (!slots && items.some((item) => 'gone' in item))) {
    throw new DeliveryError('bad_request', 'an album keeps its number of pictures', { retryable: false });
  }
  return items;
}
