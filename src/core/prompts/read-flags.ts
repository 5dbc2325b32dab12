import leven from 'leven';
import { UserError } from '#core/errors.ts';
import { nearest } from '#core/prompts/nearest.ts';

export interface Flag {
  name: string;
  value: string;
}

/** A word that starts a flag: two dashes, or a dash that a phone made of them. */
const flagWord = /^(--|[\u2012-\u2015\u2e3a])([A-Za-z][A-Za-z0-9-]*)(?:=(.*))?$/su;
/** A quoted run (also behind `--name=`) is one word, so that a flag inside it is text. */
const words = /(?:[-\u2012-\u2015\u2e3a]{1,2}[A-Za-z][A-Za-z0-9-]*=)?["“][^"“”\n]*["”](?=\s|$)|\S+/gu;
const nearMissEdits = 1;

/**
 * Takes `--name value` and `--name=value` out of a line; what is left is the text as typed, without the gaps.
 * A typographic dash counts as a flag only before a known name or one a letter off, since prose has such dashes too.
 * @throws {UserError} `option.unknown`, `option.missingValue`
 */
export function readFlags(line: string, known: readonly string[]): { text: string; flags: Flag[] } {
  const flags: Flag[] = [];
  const kept: string[] = [];
  let end = 0;
  let cut = false;
  let waiting: string | undefined;

  for (const match of line.matchAll(words)) {
    const word = match[0];
    const name = flagName(word, known);
    if (waiting !== undefined) {
      if (name !== undefined) throw new UserError('option.missingValue', { option: waiting });
      flags.push({ name: waiting, value: unquote(word) });
      waiting = undefined;
      cut = true;
    } else if (name !== undefined) {
      const value = flagWord.exec(word)?.[3];
      if (value === undefined) waiting = name;
      else flags.push({ name, value: unquote(value) });
      cut = true;
    } else {
      kept.push(cut ? (kept.length > 0 ? ' ' : '') : line.slice(end, match.index), word);
      cut = false;
    }
    end = match.index + word.length;
  }
  if (waiting !== undefined) throw new UserError('option.missingValue', { option: waiting });
  return { text: kept.join('').trim(), flags };
}

function flagName(word: string, known: readonly string[]): string | undefined {
  const match = flagWord.exec(word);
  if (!match?.[1] || !match[2]) return undefined;
  const name = match[2].toLowerCase();
  if (known.includes(name)) return name;
  if (known.length === 0) return match[1] === '--' ? unknownFlag(name, known) : undefined;
  const near = nearest(name, known);
  const meant = match[1] === '--' || (name.length > 2 && leven(name, near) <= nearMissEdits);
  return meant ? unknownFlag(name, known) : undefined;
}

function unknownFlag(name: string, known: readonly string[]): never {
  if (known.length === 0) throw new UserError('option.none', { option: name });
  throw new UserError('option.unknown', { option: name, nearest: nearest(name, known) });
}

function unquote(value: string): string {
  return value.replace(/^["“”](.*?)["“”]?$/su, '$1');
}
