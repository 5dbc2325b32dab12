import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { brokenBuilds } from '#tests/chaos/broken/builds.ts';

const root = join(import.meta.dirname, '../../..');

/**
 * Runs the short chaos on a copy of this tree with a patch applied. Resolves to whether it failed for the reason that
 * the patch gives it, and what it found.
 */
export async function runBroken(
  name: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ isFound: boolean; found: string[]; closing: string }> {
  const expected = brokenBuilds[name];
  if (!expected) throw new Error(`there is no broken build ${name}: choose from ${Object.keys(brokenBuilds)}`);
  const folder = await mkdtemp(join(tmpdir(), 'easel-broken-'));
  try {
    await copyTree(folder);
    await runCommand('git', ['apply', '-C1', join(import.meta.dirname, `${name}.patch`)], folder);
    const run = spawn(process.execPath, ['tests/chaos/run.ts', '--short', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    signal.addEventListener('abort', () => run.kill('SIGTERM'));
    const ended = once(run, 'close');
    const found: string[] = [];
    let closing = '';
    for await (const line of createInterface({ input: run.stdout })) {
      closing = line;
      const violation = line.startsWith('{') ? JSON.parse(line).violation : undefined;
      if (typeof violation === 'string') found.push(violation);
    }
    const [code] = await ended;
    return { isFound: code === 1 && found.some((violation) => expected.test(violation)), found, closing };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function copyTree(folder: string): Promise<void> {
  const listed = await runCommand('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root);
  for (const path of listed.split('\0').filter((name) => name !== '' && name !== 'node_modules')) {
    await cp(join(root, path), join(folder, path));
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

async function runCommand(command: string, args: string[], cwd: string): Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return output;
}
