import sharp from 'sharp';
import { type Call, stringOf } from '#tests/servers/telegram-arguments.ts';
import { ApiRefusal, badRequest } from '#tests/servers/telegram-faults.ts';
import type { ApiLimits } from '#tests/servers/telegram-limits.ts';
import type { StoredFile, World } from '#tests/servers/telegram-world.ts';

type Kind = StoredFile['kind'];

const types: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  zip: 'application/zip',
  txt: 'text/plain',
  csv: 'text/csv',
  json: 'application/json',
  pdf: 'application/pdf',
};
const photoFormats = ['jpeg', 'png', 'webp', 'gif'];
/** Longest sides of the sizes that Telegram makes of a photo, in pixels. */
const photoSides = [90, 320, 800, 1280, 2560];

function store(world: World, kind: Kind, facts: Omit<StoredFile, 'id' | 'kind' | 'path' | 'sizes'>): StoredFile {
  const number = world.files.size + 1;
  const prefix = kind === 'photo' ? 'AgACAgI' : 'BQACAgI';
  const ending = kind === 'photo' ? 'jpg' : (/\.([a-z0-9]+)$/i.exec(facts.name)?.[1] ?? 'bin');
  const path = `${kind}s/file_${number}.${ending}`;
  const file: StoredFile = { id: `${prefix}${String(number).padStart(8, '0')}`, kind, path, sizes: [], ...facts };
  world.files.set(file.id, file);
  return file;
}

/** Keeps a document; its media type follows its name, as clients do it. */
export function storeDocument(world: World, name: string, bytes: Uint8Array, claimed?: string): StoredFile {
  const type = types[/\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''] ?? claimed ?? 'application/octet-stream';
  return store(world, 'document', { name, type, bytes });
}

interface PhotoOptions {
  name: string;
  bytes: Uint8Array;
  /** True makes the smaller JPEGs that a person's photo becomes; false keeps the bytes as they came for every size. */
  recompress: boolean;
}

/** Keeps a photo in its sizes. @throws {ApiRefusal} for what Telegram takes for no photo. */
export async function storePhoto(world: World, limits: ApiLimits, options: PhotoOptions): Promise<StoredFile> {
  const { name, bytes, recompress } = options;
  if (bytes.length > limits.photoBytesMax) {
    throw badRequest(
      `file of size ${bytes.length} bytes is too big for a photo; the maximum size is ${limits.photoBytesMax} bytes`,
    );
  }
  const { width, height } = await measure(bytes);
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  if (width + height > limits.photoSidesMax || long > limits.photoRatioMax * short) {
    throw badRequest('PHOTO_INVALID_DIMENSIONS');
  }
  const sides = [...photoSides.filter((side) => side < long), Math.min(long, photoSides.at(-1) ?? long)];
  const sizes: StoredFile[] = [];
  for (const side of sides) {
    const scaled = (length: number) => Math.max(1, Math.round((length * side) / long));
    const size = recompress ? await jpegOf(bytes, side) : bytes;
    sizes.push(
      store(world, 'photo', { name, type: 'image/jpeg', bytes: size, width: scaled(width), height: scaled(height) }),
    );
  }
  const largest = sizes.at(-1) as StoredFile;
  const file = { ...largest, bytes: recompress ? largest.bytes : bytes, width, height, sizes };
  world.files.set(file.id, file);
  return file;
}

async function measure(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  const { width, height, format } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => {
      throw badRequest('IMAGE_PROCESS_FAILED');
    });
  if (!photoFormats.includes(format)) throw badRequest('IMAGE_PROCESS_FAILED');
  return { width, height };
}

async function jpegOf(bytes: Uint8Array, side: number): Promise<Buffer> {
  return await sharp(bytes)
    .rotate()
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 87 })
    .toBuffer();
}

/**
 * The file a parameter names: uploaded under its own name or with `attach://`, or known by its id. Addresses are refused:
 * this server fetches nothing.
 * @throws {ApiRefusal}
 */
export async function readMedia(
  { world, limits }: { world: World; limits: ApiLimits },
  { params, files }: Call,
  name: string,
  kind: Kind,
): Promise<StoredFile> {
  const value = stringOf(params, name);
  const attached = /^attach:\/\/(.+)$/.exec(value)?.[1];
  const upload = files.find(({ field }) => field === (attached ?? name));
  if (!upload) {
    if (attached !== undefined) throw badRequest('media not found');
    if (value === '') throw badRequest(`there is no ${kind} in the request`);
    const known = world.files.get(value);
    if (!known) throw badRequest('wrong file identifier/HTTP URL specified');
    if (known.kind !== kind)
      throw badRequest(
        `can't use file of type ${known.kind === 'photo' ? 'Photo' : 'Document'} as ${kind === 'photo' ? 'Photo' : 'Document'}`,
      );
    return known;
  }
  if (upload.bytes.length === 0) throw badRequest('file must be non-empty');
  if (upload.bytes.length > limits.fileBytesMax) throw new ApiRefusal(413, 'Request Entity Too Large');
  if (kind === 'document') return storeDocument(world, upload.name, upload.bytes, upload.type);
  return await storePhoto(world, limits, { name: upload.name, bytes: upload.bytes, recompress: false });
}
