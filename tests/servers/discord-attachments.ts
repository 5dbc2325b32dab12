import { invalidForm, refusal } from '#tests/servers/discord-errors.ts';
import { sanitizeFileName } from '#tests/servers/discord-message-rules.ts';
import type { UploadedFile } from '#tests/servers/discord-requests.ts';
import type { Attachment, Json, World } from '#tests/servers/discord-world.ts';

export interface AttachmentOrder {
  /** The request's `attachments`: what is there afterwards; null is nothing, undefined all there is and comes. */
  listed: unknown;
  files: readonly UploadedFile[];
  before: readonly Attachment[];
  private: boolean;
  fileBytesMax: number;
  path: readonly (string | number)[];
}

/**
 * What a message has attached after a request.
 * https://docs.discord.com/developers/reference#editing-message-attachments
 * @throws {ApiRefusal} when a file is too large or a listed one does not exist.
 */
export function resolveAttachments(world: World, order: AttachmentOrder): Attachment[] {
  if (order.files.some(({ bytes }) => bytes.byteLength > order.fileBytesMax)) throw refusal('tooLarge');
  const create = (file: UploadedFile, entry: Json): Attachment => {
    const name = sanitizeFileName(String(entry.filename ?? file.name));
    return {
      id: world.newId(),
      name,
      type: typeOf(name, file),
      bytes: file.bytes,
      ...(typeof entry.description === 'string' ? { description: entry.description } : {}),
      spoiler: entry.is_spoiler === true || name.startsWith('SPOILER_'),
      private: order.private,
    };
  };
  if (order.listed === undefined) return [...order.before, ...order.files.map((file) => create(file, {}))];
  const listed = (order.listed ?? []) as Json[];
  for (const { index, name } of order.files) {
    if (!listed.some(({ id }) => String(id) === String(index))) {
      world.violations.push(`files[${index}] (${name}) is uploaded but not listed in attachments`);
    }
  }
  return listed.map((entry, place) => {
    const file = order.files.find(({ index }) => String(index) === String(entry.id));
    if (file) return create(file, entry);
    const kept = order.before.find(({ id }) => id === String(entry.id));
    if (kept) return { ...kept, ...(typeof entry.description === 'string' ? { description: entry.description } : {}) };
    const message = `Attachment data for id ${entry.id} is missing`;
    throw invalidForm([{ path: [...order.path, place, 'id'], code: 'ATTACHMENT_NOT_FOUND', message }]);
  });
}

const signatures: readonly [RegExp, string][] = [
  [/^\x89PNG\r\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8/, 'image/gif'],
  [/^RIFF[\s\S]{4}WEBP/, 'image/webp'],
];
const extensions: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  mp4: 'video/mp4',
  txt: 'text/plain; charset=utf-8',
  zip: 'application/zip',
};

/** Discord looks for itself: something that only calls itself a picture is shown as a file. */
function typeOf(name: string, { bytes, type }: UploadedFile): string {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 16)).toString('latin1');
  const found = signatures.find(([signature]) => signature.test(start))?.[1];
  return (
    found ??
    extensions[/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ''] ??
    type.replace(/^image\/.*/, 'application/octet-stream')
  );
}
