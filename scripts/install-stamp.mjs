import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** npm removes node_modules first, so a stamp inside says that the install which made the folder came to its end. */
const stampPath = (root) => join(root, 'node_modules', '.easel-install.json');

/**
 * What the installed tree depends on: the lockfile and the machine it was made for.
 * @param {string} root
 * @param {{ platform: string, arch: string }} machine
 */
export function hashLockfile(root, { platform, arch } = process) {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  return createHash('sha256').update(`${platform} ${arch}\n`).update(lockfile).digest('hex');
}

/**
 * Whether the tree is the one that the lockfile asks for; one with development packages also serves those who need none.
 * @param {string} root
 * @param {{ dev: boolean }} needs
 */
export function isInstalled(root, { dev }) {
  try {
    const stamp = JSON.parse(readFileSync(stampPath(root), 'utf8'));
    return stamp.hash === hashLockfile(root) && (stamp.dev === true || !dev);
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {{ dev: boolean }} installed
 */
export function writeStamp(root, { dev }) {
  writeFileSync(stampPath(root), JSON.stringify({ hash: hashLockfile(root), dev }));
}

/** @param {string} root */
export function removeStamp(root) {
  rmSync(stampPath(root), { force: true });
}
