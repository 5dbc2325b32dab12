import type { BotDeps } from '#bots/define.ts';
import { type PreparedPicture, preparePictures } from '#bots/prepare-pictures.ts';
import { photoBytesMax, photoRatioMax, photoSideSumMax } from '#bots/telegram/limits.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingPart } from '#core/ports/message.ts';
import type { Text } from '#src/i18n.ts';

/** Brings a part's pictures under the limits of photos, or of documents where the very bytes are wanted. */
export async function prepareAlbum(
  deps: Pick<BotDeps, 'blobs' | 'log'>,
  part: OutgoingPart,
  limits: ChatLimits,
): Promise<{ pictures: PreparedPicture[]; leftOut: OutgoingImage[] }> {
  if (part.imagesAs === 'files') {
    const budget = { bytesMax: limits.fileBytesMax, types: ['png', 'jpeg', 'webp'] as const, untouched: true };
    return preparePictures(deps, part.images, budget);
  }
  const { pictures, leftOut } = await preparePictures(deps, part.images, {
    bytesMax: Math.min(limits.fileBytesMax, photoBytesMax),
    types: ['jpeg', 'png'],
    sideSumMax: photoSideSumMax,
  });
  const isPhoto = ({ width, height }: PreparedPicture) =>
    Math.max(width, height) / Math.min(width, height) <= photoRatioMax;
  const tooLong = pictures.filter((picture) => !isPhoto(picture)).map(({ image }) => image);
  return { pictures: pictures.filter(isPhoto), leftOut: [...leftOut, ...tooLong] };
}

/** Says which of a part's pictures are not there, by the number that they have in their batch where they have one. */
export function leftOutNote(part: OutgoingPart, leftOut: readonly OutgoingImage[]): Text | undefined {
  if (leftOut.length === 0) return undefined;
  const numbers = part.images.flatMap((image, index) =>
    leftOut.includes(image) ? [numberOf(image) ?? index + 1] : [],
  );
  return { key: 'delivery.leftOut', values: { count: numbers.length, numbers: { list: numbers } } };
}

function numberOf({ alt }: OutgoingImage): number | undefined {
  const number = 'key' in alt ? alt.values?.number : undefined;
  return typeof number === 'number' ? number : undefined;
}
