import type { PreparedPicture } from '#bots/prepare-pictures.ts';

/** A picture as the SDK uploads it. */
export async function upload({ bytes, name }: PreparedPicture) {
  const { InputFile } = await import('grammy');
  return new InputFile(bytes, name);
}

/** A photo of an album, with its caption as HTML. */
export async function photoMedia(picture: PreparedPicture, caption: string) {
  const media = await upload(picture);
  const has_spoiler = picture.image.spoiler ?? false;
  return { type: 'photo' as const, media, caption, parse_mode: 'HTML' as const, has_spoiler };
}

/** A document of an album, with its caption as HTML. */
export async function documentMedia(picture: PreparedPicture, caption: string) {
  return { type: 'document' as const, media: await upload(picture), caption, parse_mode: 'HTML' as const };
}
