import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const keyPattern = /^[0-9a-f-]{36}\/[0-9a-z-]+$/;
const fullCodes = ['ENOSPC', 'EDQUOT'];
/** What is left free for others on the disk, and for what is being written: the smaller of the two. */
const reserveBytes = 200 * 1024 * 1024;
const reserveShare = 0.01;
/** How long an answer about free room holds. */
const roomKnownMs = 1_000;
/** What is read at once of a blob that is streamed, in bytes: larger pieces are hardly faster. */
const pieceBytes = 256 * 1024;
/** Nobody writes one file for so long: what is older was left by a process that died. */
const unfinishedMaxMs = 60 * 60_000;

/**
 * Blobs as files below one folder, `<workspace>/<name>`. Kept bytes are on the disk, not in its cache, before their
 * key is given out; a file is complete or not there at all.
 * `missing` makes the error for a key that nothing is stored under, `full` the one for a disk or quota without room.
 */
export function createBlobFolder(folder: string, missing: (key: string) => Error, full: (cause: unknown) => Error) {
  const unfinishedFolder = join(folder, 'unfinished');
  let known: { at: number; room: Promise<boolean> } | undefined;

  const pathOf = (key: string) => {
    if (!keyPattern.test(key)) throw missing(key);
    return join(folder, key);
  };

  async function write(key: string, bytes: Uint8Array, durable: boolean): Promise<string> {
    const path = pathOf(key);
    const unfinished = join(unfinishedFolder, randomUUID());
    try {
      await Promise.all([dirname(path), unfinishedFolder].map((parent) => mkdir(parent, { recursive: true })));
      await writeWhole(unfinished, bytes, durable);
      await rename(unfinished, path);
      return key;
    } catch (error) {
      await rm(unfinished, { force: true });
      if (fullCodes.includes((error as NodeJS.ErrnoException).code ?? '')) throw full(error);
      throw error;
    }
  }

  return {
    async put(workspaceId: string, bytes: Uint8Array): Promise<string> {
      const key = `${workspaceId}/${createHash('sha256').update(bytes).digest('hex')}`;
      const stored = await stat(pathOf(key)).catch(() => undefined);
      return stored?.size === bytes.length ? key : write(key, bytes, true);
    },
    putTemporary: (key: string, bytes: Uint8Array): Promise<string> => write(key, bytes, false),
    async read(key: string): Promise<Uint8Array> {
      return readFile(pathOf(key)).catch((error) => {
        throw isMissing(error) ? missing(key) : error;
      });
    },
    async size(key: string): Promise<number | undefined> {
      const found = await stat(pathOf(key)).catch((error) => {
        if (!isMissing(error)) throw error;
      });
      return found?.size;
    },
    async *stream(key: string): AsyncGenerator<Uint8Array> {
      const file = await open(pathOf(key)).catch((error) => {
        throw isMissing(error) ? missing(key) : error;
      });
      yield* file.createReadStream({ highWaterMark: pieceBytes });
    },
    async delete(key: string): Promise<void> {
      await rm(pathOf(key), { force: true });
    },
    hasRoom(): Promise<boolean> {
      if (!known || performance.now() - known.at > roomKnownMs)
        known = { at: performance.now(), room: findRoom(folder) };
      return known.room;
    },
    async check(): Promise<void> {
      await mkdir(unfinishedFolder, { recursive: true, mode: 0o700 });
      await removeLeftOvers(unfinishedFolder);
      const path = join(unfinishedFolder, randomUUID());
      const file = await open(path, 'wx');
      await file.close();
      await rm(path);
    },
  };
}

const isMissing = (error: NodeJS.ErrnoException) => error.code === 'ENOENT';

async function writeWhole(path: string, bytes: Uint8Array, durable: boolean): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    if (durable) await file.datasync();
  } finally {
    await file.close();
  }
}

/** A file system that does not say how much is free, or a folder that is not there yet, is taken to have room. */
async function findRoom(folder: string): Promise<boolean> {
  const disk = await statfs(folder).catch(() => undefined);
  if (!disk || disk.blocks === 0) return true;
  return disk.bavail * disk.bsize > Math.min(reserveBytes, disk.blocks * disk.bsize * reserveShare);
}

async function removeLeftOvers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > unfinishedMaxMs) await rm(path, { force: true });
  }
}
