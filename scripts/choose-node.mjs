import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';

/** Runs TypeScript as it is; older ones need a flag or cannot. */
const nodeMajorMin = 24;

/**
 * The running Node when it is new enough, else the one that npm installed; throws BootstrapError when there is neither.
 * @param {string} root the project's folder
 * @param {{ version: string, execPath: string, platform: string, arch: string }} running
 * @returns {string} path of the program
 */
export function chooseNode(root, running = process) {
  if (Number(running.version.slice(1).split('.')[0]) >= nodeMajorMin) return running.execPath;
  const windows = running.platform === 'win32';
  const folder = `node-${windows ? 'win' : running.platform}-${running.arch}`;
  try {
    return realpathSync(join(root, 'node_modules', folder, 'bin', windows ? 'node.exe' : 'node'));
  } catch {
    throw new BootstrapError(
      `Easel runs on Node ${nodeMajorMin} or newer, this is ${running.version} and npm has none for ${running.platform} ${running.arch}: install Node ${nodeMajorMin}, then try again.`,
    );
  }
}
