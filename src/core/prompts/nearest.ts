import { closestMatch } from 'leven';

/** What is longer is like none of them. */
const charsMax = 100;

/** The known word nearest to a mistyped one, by edits; always one of `known`, which must not be empty. */
export function nearest(typed: string, known: readonly string[]): string {
  return closestMatch(typed.slice(0, charsMax).toLowerCase(), [...known]) ?? known[0] ?? '';
}
