import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';

export interface ZippedFile {
  name: string;
  bytes: Buffer;
  /** Whether it lies there as it is. */
  stored: boolean;
  utf8: boolean;
}

const utf8Flag = 0x800;

/** The files of a zip, read and checked by another library than the one that wrote it. */
export async function readZip(bytes: Uint8Array): Promise<ZippedFile[]> {
  const zip = await fromBufferPromise(Buffer.from(bytes), { lazyEntries: true, strictFileNames: true });
  const files: ZippedFile[] = [];
  for await (const entry of zip.eachEntry()) {
    files.push({
      name: entry.fileName,
      bytes: await buffer(await zip.openReadStreamPromise(entry)),
      stored: entry.compressionMethod === 0,
      utf8: (entry.generalPurposeBitFlag & utf8Flag) !== 0,
    });
  }
  return files;
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
