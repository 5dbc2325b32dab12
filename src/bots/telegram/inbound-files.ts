import type { Message } from '#bots/telegram/api.ts';
import type { FileRef } from '#core/ports/chat.ts';

type Attached = Pick<Message, 'photo' | 'document' | 'video'>;

/** The files of a message; of a photo's sizes the largest. A file id is good for ever, for this bot alone. */
export function readFiles({ photo, document, video }: Attached): FileRef[] {
  const largest = photo?.toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
  return [
    ...(largest ? [fileRef(largest, `photo-${largest.file_unique_id}.jpg`, 'image/jpeg')] : []),
    ...(document ? [fileRef(document, document.file_name ?? 'document', document.mime_type ?? '')] : []),
    ...(video ? [fileRef(video, video.file_name ?? 'video.mp4', video.mime_type ?? 'video/mp4')] : []),
  ];
}

/** Pictures of the message that is replied to, also of another chat's; its other files were not meant. */
export function readRepliedPictures({ reply_to_message, external_reply }: Message): FileRef[] {
  const replied: Attached = reply_to_message ?? external_reply ?? {};
  return readFiles(replied).filter(({ type }) => type.startsWith('image/'));
}

function fileRef(file: { file_id: string; file_size?: number }, name: string, type: string): FileRef {
  return { name, type, bytes: file.file_size ?? 0, locator: file.file_id };
}
