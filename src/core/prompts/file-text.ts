import { UserError } from '#core/errors.ts';
import { cleanText } from '#core/prompts/clean-text.ts';

const boms = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
];

/**
 * A file's text as it is kept: of UTF-8 or UTF-16, with a byte order mark or without one.
 * @throws {UserError} `file.encoding`
 */
export function readFileText(bytes: Uint8Array): string {
  for (const encoding of encodingsOf(bytes)) {
    try {
      return cleanText(new TextDecoder(encoding, { fatal: true }).decode(bytes));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new UserError('file.encoding');
}

/** Those that it may have, the likeliest first. */
function encodingsOf(bytes: Uint8Array): string[] {
  const marked = boms.find((bom) => bom.bytes.every((byte, index) => bytes[index] === byte));
  if (marked) return [marked.encoding];
  if (!bytes.includes(0)) return ['utf-8'];
  let [even, odd] = [0, 0];
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) {
    if (at % 2 === 0) even += 1;
    else odd += 1;
  }
  // Line ends and Latin letters have a zero byte in UTF-16: before the letter, or behind it.
  const wide = odd >= even ? 'utf-16le' : 'utf-16be';
  return (even + odd) * 4 > bytes.length ? [wide] : ['utf-8', wide];
}
