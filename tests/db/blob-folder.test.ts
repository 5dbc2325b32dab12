import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readlink, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBlobFolder } from '#db/blob-folder.ts';

const run = promisify(execFile);
const megabyte = 1024 * 1024;
const workspace = randomUUID();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-blobs-'));
});
afterEach(async () => {
  await run('umount', [folder]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

const open = () =>
  createBlobFolder(
    folder,
    (key) => new Error(`missing ${key}`),
    () => new Error('full'),
  );

describe('a folder of blobs', () => {
  it('gives back what was put, under the same key for the same bytes', async () => {
    const blobs = open();
    await blobs.check();
    const key = await blobs.put(workspace, Buffer.from('a fox'));
    expect(await blobs.put(workspace, Buffer.from('a fox'))).toBe(key);
    expect(Buffer.from(await blobs.read(key)).toString()).toBe('a fox');
    await blobs.delete(key);
    await expect(blobs.read(key)).rejects.toThrow('missing');
  });

  it('tells the size of a blob and reads it piece by piece, and neither of one that is not there', async () => {
    const blobs = open();
    const bytes = randomBytes(megabyte + 1);
    const key = await blobs.put(workspace, bytes);
    expect(await blobs.size(key)).toBe(megabyte + 1);
    const pieces: Uint8Array[] = [];
    for await (const piece of blobs.stream(key)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    await blobs.delete(key);
    expect(await blobs.size(key)).toBeUndefined();
    await expect(blobs.stream(key).next()).rejects.toThrow('missing');
  });

  it('holds no file open once nobody reads on', async () => {
    const blobs = open();
    const key = await blobs.put(workspace, randomBytes(megabyte));
    const openFiles = async () => {
      const links = await Promise.all(
        (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      );
      return links.filter((path) => path.includes(key)).length;
    };
    const reading = blobs.stream(key);
    await reading.next();
    expect(await openFiles()).toBe(1);
    await reading.return(undefined);
    await expect.poll(openFiles).toBe(0);
  });

  it('leaves nothing unfinished behind, and removes what a process that died had left', async () => {
    const left = join(folder, 'unfinished', randomUUID());
    const fresh = join(folder, 'unfinished', randomUUID());
    await mkdir(join(folder, 'unfinished'));
    await writeFile(left, 'half');
    await writeFile(fresh, 'half');
    await utimes(left, new Date(0), new Date(0));
    const blobs = open();
    await blobs.check();
    await blobs.put(workspace, Buffer.from('a fox'));
    expect((await readdir(join(folder, 'unfinished'))).map((name) => join(folder, 'unfinished', name))).toEqual([
      fresh,
    ]);
  });

  it('refuses keys that lead out of it', async () => {
    await expect(open().read('../secret')).rejects.toThrow('missing');
    await expect(open().putTemporary(`${workspace}/../../x`, Buffer.from('x'))).rejects.toThrow('missing');
  });
});

describe('a disk that runs full', () => {
  it('is told from other failures, keeps nothing by half, and has room again once something went', async (context) => {
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).then(
      () => true,
      () => false,
    );
    if (!mounted) return context.skip('a file system of its own cannot be mounted here');
    const blobs = open();
    await blobs.check();
    expect(await blobs.hasRoom()).toBe(true);
    const kept = await blobs.put(workspace, randomBytes(megabyte));
    await expect(blobs.put(workspace, randomBytes(2 * megabyte))).rejects.toThrow('full');
    expect(await readdir(join(folder, 'unfinished'))).toEqual([]);
    expect(await readdir(join(folder, workspace))).toHaveLength(1);
    await writeFile(join(folder, 'filler'), Buffer.alloc(2 * megabyte)).catch(() => undefined);
    expect(await open().hasRoom()).toBe(false);
    await expect(blobs.put(workspace, randomBytes(megabyte / 2))).rejects.toThrow('full');
    await blobs.delete(kept);
    expect(await open().hasRoom()).toBe(true);
    expect(await blobs.put(workspace, randomBytes(megabyte / 2))).toMatch(/^[\da-f-]{36}\//);
  });
});
