import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What secrets look like that this product, and those who work on it, come across. */
const patterns = {
  'a private key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{16}/,
  'a Slack token':
    /\bxox[abeprs](?:\.xox[bp])?-[0-9]{6,}-[A-Za-z0-9-]{16,}|\bxapp-\d-[A-Z0-9]{8,}-\d{6,}-[a-f0-9]{32,}/,
  'a Slack webhook': /hooks\.slack\.com\/services\/T[A-Z0-9]{6,}\/B[A-Z0-9]{6,}\/[A-Za-z0-9]{20,}/,
  'a Discord token': /\b[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,}/,
  'a Telegram token': /\b\d{8,10}:AA[\w-]{33}\b/,
  'an OpenAI key': /\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{40,}/,
  'an AWS key': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'a GitHub token': /\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})/,
  'an npm token': /\bnpm_[A-Za-z0-9]{36}\b/,
  'a Google key': /\bAIza[\w-]{35}\b/,
  'a key of EASEL_KEYS': /EASEL_KEYS\s*[=:]\s*['"]?[\w-]{1,32}:[A-Za-z0-9+/]{43}=/,
  'a password in an address':
    /\b(?:postgres(?:ql)?|rediss?|mysql|mongodb(?:\+srv)?|https?):\/\/[\w.-]+:(?![$<{*])[^\s@/:'"`$<{]{12,}@(?!localhost|127\.|db\.example|[\w.-]*\.(?:example|test|invalid)\b)[\w.-]+/,
};

/**
 * What looks like a secret in a text: its kind and its line, from 1; never the secret itself.
 * @param {string} text
 */
export function findSecrets(text) {
  const lines = text.split('\n');
  return lines.flatMap((line, index) =>
    Object.entries(patterns)
      // A key begins on the line after its heading.
      .filter(([, pattern]) => pattern.test(line.endsWith('-----') ? `${line}\n${lines[index + 1] ?? ''}` : line))
      .map(([kind]) => ({ kind, line: index + 1 })),
  );
}

/** Every file that is in git, or of the arguments. */
function main() {
  const given = process.argv.slice(2);
  const files =
    given.length > 0
      ? given
      : execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
          .split('\0')
          .filter(Boolean);
  const found = files.flatMap((file) =>
    findSecrets(readFileSync(file, 'latin1')).map(({ kind, line }) => `${file}:${line}: looks like ${kind}`),
  );
  for (const one of found) console.error(one);
  console.log(`${files.length} files were scanned for secrets, ${found.length} found`);
  if (found.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
