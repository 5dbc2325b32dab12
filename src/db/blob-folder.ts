import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const keyPattern = /^[0-9a-f-]{36}\/[0-9a-z-]+$/;

/**
 * Blobs as files below one folder, `<workspace>/<name>`. Kept bytes are on the disk, not in its cache, before their
 * key is given out; a file is complete or not there at all.
 * `missing` makes the error for a key that nothing is stored under.
 */
export function createBlobFolder(folder: string, missing: (key: string) => Error) {
  const pathOf = (key: string) => {
    if (!keyPattern.test(key)) throw missing(key);
    return join(folder, key);
  };

  async function write(key: string, bytes: Uint8Array, durable: boolean): Promise<string> {
    const path = pathOf(key);
    await mkdir(dirname(path), { recursive: true });
    const unfinished = join(dirname(path), `.${randomUUID()}`);
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      if (durable) await file.datasync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    return key;
  }

  return {
    async put(workspaceId: string, bytes: Uint8Array): Promise<string> {
      const key = `${workspaceId}/${createHash('sha256').update(bytes).digest('hex')}`;
      const known = await stat(pathOf(key)).catch(() => undefined);
      return known?.size === bytes.length ? key : write(key, bytes, true);
    },
    putTemporary: (key: string, bytes: Uint8Array): Promise<string> => write(key, bytes, false),
    async read(key: string): Promise<Uint8Array> {
      try {
        return await readFile(pathOf(key));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing(key);
        throw error;
      }
    },
    async delete(key: string): Promise<void> {
      await rm(pathOf(key), { force: true });
    },
    async check(): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `.${randomUUID()}`);
      const file = await open(path, 'wx');
      await file.close();
      await rm(path);
    },
  };
}
