import { createHash } from 'node:crypto';
import { makeZip, predictLength } from 'client-zip';
import { fileNames } from '#core/batches/file-names.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import type { Picture } from '#core/batches/find-finished.ts';
import { printManifest } from '#core/batches/print-manifest.ts';
import type { Deps } from '#core/deps.ts';

/** Changes when the same pictures give other bytes than the version before gave. */
const layoutVersion = 2;
const manifestName = 'manifest.csv';

/** A zip before it is written: the same plan gives the same bytes each time. */
export interface ZipPlan {
  /** Of the whole zip, in bytes. */
  length: number;
  /** Differs where any byte does. */
  hash: string;
  files: readonly { name: string; size: number; blob: string }[];
  /** Written before the files. */
  documents: readonly { name: string; text: string }[];
  /** Numbers of pictures that are no longer stored. */
  missing: readonly number[];
  modifiedAt: Date;
}

/** Lays out all originals of a finished batch, uncompressed, behind a list of what they are. `pictures` are those that succeeded, in order. */
export async function planZip(
  deps: Pick<Deps, 'blobs'>,
  batch: Pick<Batch, 'id' | 'total' | 'createdAt' | 'finishedAt'>,
  pictures: readonly Picture[],
): Promise<ZipPlan> {
  const names = fileNames(batch, pictures);
  const stored = await Promise.all(
    pictures.map(async (picture, index) => {
      const blob = picture.original ?? '';
      const size = blob === '' ? undefined : await deps.blobs.size(blob);
      return { picture, blob, size, name: names[index] ?? '' };
    }),
  );
  const files = stored.flatMap(({ name, size, blob }) => (size === undefined ? [] : [{ name, size, blob }]));
  const manifest = printManifest(
    stored.map(({ picture, size, name }) => ({ ...picture, file: size === undefined ? '' : name })),
  );
  const modifiedAt = batch.finishedAt ?? batch.createdAt;
  return {
    ...packZip({ documents: [{ name: manifestName, text: manifest }], files, modifiedAt }),
    missing: stored.flatMap(({ picture, size }) => (size === undefined ? [picture.number] : [])),
  };
}

/** A zip of documents and stored files. */
export function packZip(content: Pick<ZipPlan, 'documents' | 'files' | 'modifiedAt'>): Omit<ZipPlan, 'missing'> {
  const { documents, files, modifiedAt } = content;
  const sized = documents.map(({ name, text }) => ({ name, size: Buffer.byteLength(text) }));
  // Zip times are of the server's zone, which another process may have set otherwise.
  const identity = [layoutVersion, modifiedAt, modifiedAt.getTimezoneOffset(), documents, files];
  return {
    ...content,
    length: Number(predictLength([...sized, ...files])),
    hash: createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32),
  };
}

/**
 * The bytes of a zip from `start` to `end`, which counts. They are put together as they are asked for: one blob is open
 * at a time, and none once nobody asks any more. What comes before `start` is read as well, for its checksums.
 * @throws when a blob is no longer what was planned.
 */
export async function* readZip(
  deps: Pick<Deps, 'blobs'>,
  plan: Omit<ZipPlan, 'missing'>,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  let open: AsyncGenerator<Uint8Array> | undefined;
  const { modifiedAt: lastModified } = plan;
  async function* inputs() {
    for (const { name, text } of plan.documents) yield { name, lastModified, input: text };
    for (const { name, size, blob } of plan.files) {
      open = wholeBlob(deps, blob, size);
      yield { name, lastModified, input: open };
    }
  }
  const zip = makeZip(inputs()).getReader();
  try {
    let position = 0;
    while (position <= end) {
      const { value, done } = await zip.read();
      if (done) throw new Error(`the zip ended at ${position} of ${plan.length} bytes`);
      const piece = value.subarray(Math.max(0, start - position), end + 1 - position);
      position += value.length;
      if (piece.length > 0) yield piece;
    }
  } finally {
    // What is left of the zip fails, as nobody reads it.
    zip.cancel().catch(() => undefined);
    await open?.return(undefined);
  }
}

async function* wholeBlob(deps: Pick<Deps, 'blobs'>, blob: string, size: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const piece of deps.blobs.stream(blob)) {
    read += piece.length;
    yield piece;
  }
  if (read !== size) throw new Error(`the blob ${blob} has ${read} bytes, not ${size}`);
}
