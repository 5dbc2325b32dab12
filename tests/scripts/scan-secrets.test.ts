import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const letters = (count: number) => randomBytes(count).toString('hex').slice(0, count);
const { privateKey } = generateKeyPairSync('ed25519');

/** Made here, as one that stood in this file would be found in it. */
const planted: [kind: string, secret: string][] = [
  ['a Slack token', `xoxb-${'1'.repeat(12)}-${letters(24)}`],
  ['a Slack token', `xapp-1-A${'0'.repeat(10)}-${'1'.repeat(12)}-${letters(64)}`],
  ['a Slack webhook', `https://hooks.slack.com/services/T${'0'.repeat(8)}/B${'0'.repeat(8)}/${letters(24)}`],
  ['a Discord token', `M${letters(23)}.${letters(6)}.${letters(38)}`],
  ['a Telegram token', `${'1'.repeat(10)}:AA${letters(33)}`],
  ['an OpenAI key', `sk-proj-${letters(48)}`],
  ['an AWS key', `AKIA${letters(16).toUpperCase()}`],
  ['a GitHub token', `ghp_${letters(36)}`],
  ['an npm token', `npm_${letters(36)}`],
  ['a Google key', `AIza${letters(35)}`],
  ['a key of EASEL_KEYS', `EASEL_KEYS=k1:${randomBytes(32).toString('base64')}`],
  ['a password in an address', `postgres://easel:${letters(16)}@db.internal/easel`],
  ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
];

function scan(content: string) {
  const folder = mkdtempSync(join(tmpdir(), 'easel-scan-'));
  try {
    const file = join(folder, 'config.txt');
    writeFileSync(file, content);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/scan-secrets.mjs', file], {
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the scan for secrets', () => {
  it('finds each kind that is planted, with its line, and prints none of them', () => {
    for (const [kind, secret] of planted) {
      const { status, said } = scan(`first line\nvalue = ${secret}\n`);
      expect([kind, status]).toEqual([kind, 1]);
      expect(said).toContain(`config.txt:2: looks like ${kind}`);
      expect(said).not.toContain(secret.slice(10, 30));
    }
  });

  it('finds none where there is none', () => {
    expect(scan('SLACK_BOT_TOKEN=xoxb-…\npostgres://easel:hidden@db.example.test/easel\n').status).toBe(0);
  });

  it('finds none in this repository', () => {
    expect(execFileSync(process.execPath, ['scripts/scan-secrets.mjs'], { encoding: 'utf8' })).toMatch(/, 0 found/);
  });
});
