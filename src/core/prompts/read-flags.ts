import leven from 'leven';
import { UserError } from '#core/errors.ts';
import { nearest } from '#core/prompts/nearest.ts';
import { splitWords, type Word } from '#core/prompts/split-words.ts';

export interface Flag {
  name: string;
  value: string;
  /** Where it begins in the line, and where its value does, in UTF-16 units. */
  start: number;
  valueStart: number;
}

/** The flags that there are. */
export interface KnownFlags {
  /** In the order of declaration. */
  names: readonly string[];
  /** Those that are on where their name stands alone, each with the words that are a value of it. */
  switches: ReadonlyMap<string, readonly string[]>;
}

/** A word of the text with the gap before it; none where a flag was. */
export interface TextWord extends Word {
  gap: string;
}

/** A word that starts a flag: two dashes, or a dash that a phone made of them. */
const flagWord = /^(--|[\u2012-\u2015\u2e3a])([A-Za-z][A-Za-z0-9-]*)(?:=(.*))?$/su;
const dash = /^[-\u2012-\u2015\u2e3a]/;
const nearMissEdits = 1;
/** What a switch means by itself. */
const switchedOn = 'on';

/**
 * Takes `--name value` and `--name=value` out of a line; what is left is the text as typed, without the gaps.
 * @throws {UserError} `option.unknown`, `option.missingValue`
 */
export function readFlags(line: string, known: KnownFlags): { text: string; flags: { name: string; value: string }[] } {
  const { words, flags } = sortWords(line, splitWords(line), known);
  return {
    text: words.map(({ gap, text }) => gap + text).join(''),
    flags: flags.map(({ name, value }) => ({ name, value: unescapeQuotes(value) })),
  };
}

/** A value that `flagValue` wrote as it was; prompts read the signs of a backslash themselves. */
function unescapeQuotes(value: string): string {
  return value.replace(/(\\+)(["“”]|$)/g, (_, run: string, quote: string) => '\\'.repeat(run.length >> 1) + quote);
}

/**
 * Tells a line's flags from its text. A typographic dash counts as a flag only before a known name or one a letter off,
 * since prose has such dashes too.
 * @throws {UserError} `option.unknown`, `option.missingValue`, through `fail`, which puts it in its place.
 */
export function sortWords(
  line: string,
  words: readonly Word[],
  { names, switches }: KnownFlags,
  fail: (error: UserError, at: number) => UserError = (error) => error,
): { words: TextWord[]; flags: Flag[] } {
  const flags: Flag[] = [];
  const kept: TextWord[] = [];
  let end: number | undefined;
  let waiting: { name: string; start: number } | undefined;

  const takes = (name: string, { text }: Word) =>
    switches.get(name)?.includes(text.normalize('NFKC').toLowerCase()) ?? true;
  const endWithout = ({ name, start }: { name: string; start: number }) => {
    if (!switches.has(name)) throw fail(new UserError('option.missingValue', { option: name }), start);
    flags.push({ name, value: switchedOn, start, valueStart: start });
    waiting = undefined;
  };

  for (const word of words) {
    const name = flagName(word, names, fail);
    if (waiting && (name !== undefined || !takes(waiting.name, word))) endWithout(waiting);
    if (waiting) {
      flags.push({ ...waiting, ...unquote(word.text, word.start) });
      waiting = undefined;
      end = undefined;
    } else if (name !== undefined) {
      const value = flagWord.exec(word.text)?.[3];
      if (value === undefined) waiting = { name, start: word.start };
      else flags.push({ name, start: word.start, ...unquote(value, word.end - value.length) });
      end = undefined;
    } else {
      const gap = kept.length === 0 ? '' : end === undefined ? ' ' : line.slice(end, word.start);
      kept.push({ ...word, gap });
      end = word.end;
    }
  }
  if (waiting) endWithout(waiting);
  return { words: kept, flags };
}

function flagName(
  word: Word,
  known: readonly string[],
  fail: (error: UserError, at: number) => UserError,
): string | undefined {
  const match = dash.test(word.text) ? flagWord.exec(word.text) : null;
  if (!match?.[1] || !match[2]) return undefined;
  const name = match[2].toLowerCase();
  if (known.includes(name)) return name;
  const isSure = match[1] === '--';
  if (known.length === 0) {
    if (isSure) throw fail(new UserError('option.none', { option: name }), word.start);
    return undefined;
  }
  const near = nearest(name, known);
  if (!isSure && !(name.length > 2 && leven(name, near) <= nearMissEdits)) return undefined;
  throw fail(new UserError('option.unknown', { option: name, nearest: near }), word.start);
}

function unquote(value: string, start: number): { value: string; valueStart: number } {
  const quoted = /^["“”](.*?)["“”]?$/su.exec(value);
  return quoted ? { value: quoted[1] ?? '', valueStart: start + 1 } : { value, valueStart: start };
}
