import { closestMatch } from 'leven';

/** The known word nearest to a mistyped one, by edits; always one of `known`, which must not be empty. */
export function nearest(typed: string, known: readonly string[]): string {
  return closestMatch(typed.toLowerCase(), [...known]) ?? known[0] ?? '';
}
