import type { RawFile } from 'discord.js';
import { altText } from '#bots/discord/outbound.ts';
import type { PreparedPicture } from '#bots/prepare-pictures.ts';
import type { OutgoingPart } from '#core/ports/message.ts';
import type { I18n } from '#src/i18n.ts';

/** An attachment of a request: an id of the message's own, or the place of a file that comes with it. */
interface AttachmentEntry {
  id: string;
  description: string;
  filename?: string;
}

const contentTypes: Readonly<Record<PreparedPicture['type'], string>> = {
  ...{ png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp' },
  ...{ zip: 'application/zip', csv: 'text/csv' },
};

/** The files of a request and what it says of them; `kept` tells which a message has already, by the API's id. */
export function uploadsOf(
  i18n: Pick<I18n, 'say'>,
  part: OutgoingPart,
  pictures: readonly PreparedPicture[],
  kept: (picture: PreparedPicture) => string | undefined = () => undefined,
): { attachments: AttachmentEntry[]; files: RawFile[] } {
  const files: RawFile[] = [];
  const attachments = pictures.map((picture) => {
    const { name, type, bytes, image } = picture;
    const description = altText(i18n, part, image);
    const id = kept(picture);
    if (id !== undefined) return { id, description };
    files.push({ name, data: bytes, contentType: contentTypes[type] });
    return { id: String(files.length - 1), filename: name, description };
  });
  return { attachments, files };
}
