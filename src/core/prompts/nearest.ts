import leven, { closestMatch } from 'leven';

/** What is longer is like none of them. */
const charsMax = 100;
/** More edits than these, or than half of the word, make another word of it. */
const nearMissEdits = 2;

/** The known word nearest to a mistyped one, by edits; always one of `known`, which must not be empty. */
export function nearest(typed: string, known: readonly string[]): string {
  return closestMatch(typed.slice(0, charsMax).toLowerCase(), [...known]) ?? known[0] ?? '';
}

/** The nearest known word where it is likely to be meant; undefined where none is. */
export function nearMiss(typed: string, known: readonly string[]): string | undefined {
  const near = nearest(typed, known);
  const edits = leven(typed.slice(0, charsMax).toLowerCase(), near);
  return edits <= nearMissEdits && edits * 2 <= typed.length ? near : undefined;
}
