import type { ClaimedImage } from '#core/batches/claim-image.ts';
import { releaseBlobs } from '#core/batches/released-blobs.ts';
import type { Deps } from '#core/deps.ts';
import { BlobMissingError, StorageFullError } from '#core/ports/blobs.ts';
import type { ImageResult } from '#core/ports/images.ts';
import { inWorkspace } from '#db/client.ts';

/** The rest of a result stands in one line before its bytes. */
const lineEnd = 0x0a;

/**
 * Keeps what a provider made while it cannot be looked at, so that the next try does not pay for it again. It goes by itself once
 * the image has ended, whichever way: `findBlobUsers` says how long it is held.
 */
export async function keepUnchecked(
  deps: Pick<Deps, 'db' | 'blobs'>,
  image: ClaimedImage,
  { bytes, ...rest }: ImageResult,
): Promise<void> {
  const key = keyOf(image);
  const head = Buffer.from(`${JSON.stringify(rest)}\n`);
  // Before there is a file, so that none is left behind.
  await inWorkspace(deps.db, image.workspaceId, (tx) => releaseBlobs(tx, image.workspaceId, [key]));
  await deps.blobs.putTemporary(key, Buffer.concat([head, bytes])).catch((error: unknown) => {
    // Then it is paid for again, or fails.
    if (!(error instanceof StorageFullError)) throw error;
  });
}

/** What an earlier try at the image had made; undefined where that was not kept. */
export async function findUnchecked(
  { blobs, pictureCheck }: Pick<Deps, 'blobs' | 'pictureCheck'>,
  image: ClaimedImage,
): Promise<ImageResult | undefined> {
  if (!pictureCheck || image.attempts <= 1) return undefined;
  try {
    const kept = await blobs.read(keyOf(image));
    const end = kept.indexOf(lineEnd);
    const rest = JSON.parse(Buffer.from(kept.subarray(0, end)).toString()) as Omit<ImageResult, 'bytes'>;
    return { ...rest, bytes: kept.subarray(end + 1) };
  } catch (error) {
    if (error instanceof BlobMissingError) return undefined;
    throw error;
  }
}

const keyOf = ({ workspaceId, id }: ClaimedImage): string => `${workspaceId}/unchecked-${id}`;
