import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootstrapError } from './bootstrap-error.mjs';
import { chooseNode } from './choose-node.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { replaceProcess } from './replace-process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

// A young generation of 32 MB keeps collections rare: commands cost a tenth to a sixth less CPU than with 16, for 40 MB more.
// glibc with two arenas and a low trim threshold gives the pictures' memory back. Figures: docs/benchmarks.md.
const serverFlags = ['--max-semi-space-size=32'];
const serverEnv = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };
// What was compiled once is read back: a start takes 3.2 s of CPU instead of 3.8.
const compileCache = { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node') };

const everything = { needsDev: true, installsDev: true };
const productionOnly = { needsDev: false, installsDev: false };

/**
 * Runs one of the package's commands on Node 24, after installing what is missing.
 * Throws BootstrapError with one line for the person at the keyboard.
 * @param {string | undefined} command
 * @param {string[]} args
 */
export async function runCommand(command, args) {
  switch (command) {
    case 'install':
      return await ensureInstalled(root, args.includes('--omit=dev') ? productionOnly : everything);
    case 'start':
      // A developer types `npm test` next, so they come along; they are not waited for where they were left out.
      await ensureInstalled(
        root,
        process.env.NODE_ENV === 'production' ? productionOnly : { ...everything, needsDev: false },
      );
      return run([...serverFlags, join(root, 'src', 'main.ts'), ...args], { ...serverEnv, ...process.env });
    case 'test':
      await ensureInstalled(root, everything);
      return run([join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args], process.env);
    case 'bench':
      await ensureInstalled(root, everything);
      return run([join(root, 'bench', 'run.ts'), ...args], process.env);
    case 'fuzz':
      await ensureInstalled(root, everything);
      return run(
        [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'unit', 'tests/fuzz', ...args],
        {
          FUZZ_RUNS: '1000000',
          ...process.env,
        },
      );
    case 'chaos':
      await ensureInstalled(root, everything);
      return run([join(root, 'tests', 'chaos', 'run.ts'), ...args], process.env);
    case 'slack-manifest':
      await ensureInstalled(root, { ...everything, needsDev: false });
      return run([join(root, 'scripts', 'slack-manifest.ts'), ...args], process.env);
    case 'keys-rotate':
      await ensureInstalled(root, productionOnly);
      return run([join(root, 'scripts', 'rotate-keys.ts'), ...args], process.env);
    case 'audit-verify':
      await ensureInstalled(root, { ...everything, needsDev: false });
      return run([join(root, 'scripts', 'verify-audit.ts'), ...args], process.env);
    default:
      throw new BootstrapError(
        'usage: node scripts/bootstrap.mjs start | test | bench | fuzz | chaos | slack-manifest | keys-rotate | audit-verify | install [--omit=dev]',
      );
  }
}

/**
 * @param {string[]} nodeArgs
 * @param {NodeJS.ProcessEnv} env
 */
function run(nodeArgs, env) {
  replaceProcess(chooseNode(root), nodeArgs, { ...compileCache, ...env });
}
