export interface Word {
  /** As typed, with its quotes and escapes. */
  text: string;
  /** Where it begins and ends in the line, in UTF-16 units. */
  start: number;
  end: number;
}

/** Quotes are typed straight, or made round by a phone. */
const quote = /["“”]/;
/** A quote opens where a word begins, also behind `--name=`. */
const beforeQuote = /["“”\-\u2012-\u2015\u2e3a]/;
const opening = /(?:(?:--|[\u2012-\u2015\u2e3a])[A-Za-z][A-Za-z0-9-]*=)?["“”]/y;

/**
 * The words of a line. What stands in quotes is one word, and so is what stands in braces, so that a flag or a space in
 * it is text; a backslash takes from the sign after it what it would mean.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (isSpace(line, at)) {
      at += 1;
      continue;
    }
    const start = at;
    at = endOfQuoted(line, start) ?? endOfPlain(line, start);
    words.push({ text: line.slice(start, at), start, end: at });
  }
  return words;
}

/** A quote that closes nowhere, or in the middle of a word, is a sign like any other. */
function endOfQuoted(line: string, start: number): number | undefined {
  if (!beforeQuote.test(line[start] ?? '')) return undefined;
  opening.lastIndex = start;
  const head = opening.exec(line);
  if (!head) return undefined;
  let at = start + head[0].length;
  while (at < line.length && !quote.test(line[at] ?? '')) at += line[at] === '\\' ? 2 : 1;
  if (at >= line.length) return undefined;
  at += 1;
  return at === line.length || isSpace(line, at) ? at : undefined;
}

function endOfPlain(line: string, start: number): number {
  let depth = 0;
  let at = start;
  for (; at < line.length && (depth > 0 || !isSpace(line, at)); at += 1) {
    const sign = line[at] ?? '';
    if (sign === '\\' && !isSpace(line, at + 1)) at += 1;
    else if (openBrace.includes(sign)) depth += 1;
    else if (closeBrace.includes(sign)) depth = Math.max(0, depth - 1);
  }
  return Math.min(at, line.length);
}

/** Braces and commas of a Chinese or Japanese keyboard mean the same. */
export const openBrace = '{｛';
export const closeBrace = '}｝';
export const comma = ',，';

const isSpace = (line: string, at: number): boolean => /\s/.test(line[at] ?? '');
