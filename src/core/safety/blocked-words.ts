import { resolveConfusablesTransformer, resolveLeetSpeakTransformer } from 'obscenity';

const confusables = resolveConfusablesTransformer();
const leetSpeak = resolveLeetSpeakTransformer();

/** Marks above letters, and signs that nobody sees. */
const unseen = /[\p{M}\p{Default_Ignorable_Code_Point}]/gu;
const runs = /(.)\1{2,}/gu;
/** Letters that stand alone with at most two other signs between them, as in `d.r.a.g.o.n`. */
const spelledOut = /(?<![\p{L}\p{N}])[\p{L}\p{N}](?:[^\p{L}\p{N}]{1,2}[\p{L}\p{N}](?![\p{L}\p{N}])){2,}/gu;
/** Scripts that put no space between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

type Transform = (char: number) => number | undefined;

/** As it looks to somebody who reads over signs that only look alike: `Ðrаgón` is `dragon`. */
function fold(text: string): string {
  return map(text.normalize('NFKD').replace(unseen, ''), confusables.transform).toLowerCase().normalize('NFKC');
}

function map(text: string, transform: Transform): string {
  return [...text].map((sign) => String.fromCodePoint(transform(sign.codePointAt(0) ?? 0) ?? 32)).join('');
}

/** The ways in which a text is read: as it is, with digits and signs for letters, spelled out, with letters repeated. */
function readings(text: string): string[] {
  const plain = fold(text);
  const leet = map(plain, leetSpeak.transform);
  return [plain, leet].flatMap((read) => {
    const joined = read.replace(spelledOut, (letters) => letters.replace(/[^\p{L}\p{N}]/gu, ''));
    return [read, joined, joined.replace(runs, '$1')];
  });
}

/** Finds a word alone, or with whatever ends it where it was written as `word*`; in scripts without spaces anywhere. */
function patternOf(word: string): RegExp {
  const isOpen = word.endsWith('*');
  const bare = fold(isOpen ? word.slice(0, -1) : word).trim();
  const escaped = bare.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&').replace(/\s+/g, '\\s+');
  const before = unspaced.test(bare.at(0) ?? '') ? '' : '(?<![\\p{L}\\p{N}])';
  const after = isOpen || unspaced.test(bare.at(-1) ?? '') ? '' : '(?![\\p{L}\\p{N}])';
  return new RegExp(`${before}${escaped}${after}`, 'u');
}

type Pattern = readonly [word: string, pattern: RegExp];
const patterns = new WeakMap<readonly string[], readonly Pattern[]>();

function patternsOf(words: readonly string[]): readonly Pattern[] {
  const known = patterns.get(words) ?? words.map((word) => [word, patternOf(word)] as const);
  patterns.set(words, known);
  return known;
}

function heldBy(text: string): (pattern: Pattern) => boolean {
  const read = [...new Set(readings(text))];
  return ([, pattern]) => read.some((reading) => pattern.test(reading));
}

/**
 * The first of the words that a text holds, as it was written in the list: also where letters are replaced by others that
 * look alike (Unicode's confusables) or by digits, are spelled out, repeated or have marks. `word*` also stands for what begins with it.
 */
export function findBlockedWord(text: string, words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : patternsOf(words).find(heldBy(text))?.[0];
}

/** All of them, as `findBlockedWord` finds the first. */
export function findBlockedWords(text: string, words: readonly string[]): string[] {
  if (words.length === 0) return [];
  return patternsOf(words)
    .filter(heldBy(text))
    .map(([word]) => word);
}
