import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openKeyFile } from '#db/key-file.ts';
import { type Keys, readKeys } from '#db/keys.ts';
import { StartupError } from '#db/startup-error.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'easel-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));
const path = () => join(dataDir, 'keys');

it('makes a key that its owner alone can read, once for all that begin together, and has it again later', async () => {
  const opened = await Promise.all(Array.from({ length: 20 }, () => openKeyFile(dataDir)));
  const sealed = opened.map((keys, index) => keys.seal(`secret ${index}`, 'test'));
  const later = await openKeyFile(dataDir);
  expect(sealed.map((text) => later.open(text, 'test'))).toEqual(opened.map((_, index) => `secret ${index}`));
  expect((await stat(path())).mode & 0o777).toBe(0o600);
  expect(await readdir(dataDir)).toEqual(['keys']);
});

it('is an entry of EASEL_KEYS, so that what it sealed opens once another key is set before it', async () => {
  const sealed = (await openKeyFile(dataDir)).seal('token', 'test');
  const other = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
  const keys = readKeys(`${other},${(await readFile(path(), 'utf8')).trim()}`) as Keys;
  expect(keys.open(sealed, 'test')).toBe('token');
  expect(keys.newest).toBe('k1');
});

it('refuses to start with a file that others can read, or that holds no key, and quotes none', async () => {
  await openKeyFile(dataDir);
  await chmod(path(), 0o640);
  await expect(openKeyFile(dataDir)).rejects.toThrow(/chmod 600/);
  await chmod(path(), 0o600);
  await writeFile(path(), 'own:not-a-key');
  const refused = openKeyFile(dataDir);
  await expect(refused).rejects.toThrow(StartupError);
  await expect(refused).rejects.not.toThrow(/not-a-key/);
});
