import { join } from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { installPackages } from './install-packages.mjs';
import { isInstalled, removeStamp, writeStamp } from './install-stamp.mjs';
import { linkLibraries } from './link-libraries.mjs';

/**
 * Installs the locked packages, unless the stamp says that exactly they are there.
 * @param {string} root the project's folder
 * @param {{ needsDev: boolean, installsDev: boolean }} packages whether development packages have to be there, and
 *   whether they come along when something has to be installed
 */
export async function ensureInstalled(root, { needsDev, installsDev }) {
  if (isInstalled(root, { dev: needsDev })) return;
  await withInstallLock(join(root, '.install.lock'), async (addHolder) => {
    // Another process may have done it while we waited.
    if (isInstalled(root, { dev: needsDev })) return;
    console.error('Installing the locked packages, this once …');
    removeStamp(root);
    await installPackages(root, { dev: installsDev, onSpawn: addHolder });
    linkLibraries(root);
    writeStamp(root, { dev: installsDev });
  });
}
