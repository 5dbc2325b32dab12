import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { type Keys, readKeys } from '#db/keys.ts';
import { StartupError } from '#db/startup-error.ts';

/** The key's id, which stands before what it sealed. */
const keyId = 'own';
const keyBytes = 32;

/**
 * The key of a data folder, in its file `keys` as an entry of `EASEL_KEYS`, made by whoever needs it first: for trials, where nobody has
 * set one. It lies beside what it seals, so it protects copies of the database alone.
 * @throws {StartupError} where the file holds something else, or others than its owner may read it.
 */
export async function openKeyFile(dataDir: string): Promise<Keys> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, 'keys');
  await makeOnce(path, `${keyId}:${randomBytes(keyBytes).toString('base64')}\n`);
  const { mode } = await stat(path);
  // Windows has no such bits.
  if (platform() !== 'win32' && (mode & 0o077) !== 0)
    throw new StartupError(`${path} can be read by others than its owner. Run: chmod 600 ${path}`);
  const keys = readKeys((await readFile(path, 'utf8')).trim());
  if ('problem' in keys) throw new StartupError(`${path} holds no key: ${keys.problem}.`);
  return keys;
}

/** Of several processes that begin at once, one makes it, and none sees half of it. */
async function makeOnce(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${randomBytes(8).toString('hex')}`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await link(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await rm(unfinished, { force: true });
  }
}
