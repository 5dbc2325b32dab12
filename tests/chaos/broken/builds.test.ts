import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenBuilds } from '#tests/chaos/broken/builds.ts';

const root = join(import.meta.dirname, '../../..');
const hasGit = spawnSync('git', ['--version']).status === 0;

describe('broken builds', () => {
  const names = Object.keys(brokenBuilds);

  it('are a patch each, and no patch is left out', () => {
    const patches = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.patch'));
    expect(patches).toEqual(names.map((name) => `${name}.patch`).sort());
  });

  it.skipIf(!hasGit).each(names)('%s still applies to this tree', (name) => {
    const patch = join(import.meta.dirname, `${name}.patch`);
    const { stderr } = spawnSync('git', ['apply', '--check', '-C1', patch], { cwd: root, encoding: 'utf8' });
    expect(stderr).toBe('');
  });
});
