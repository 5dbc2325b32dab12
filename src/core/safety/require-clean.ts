import type { AskedImage } from '#core/batches/ask-images.ts';
import { UserError } from '#core/errors.ts';
import { findBlockedWord } from '#core/safety/blocked-words.ts';

/** @throws {UserError} `prompt.blockedWord` where a picture is asked for with a word that is not allowed here, and managers have not let it pass. */
export function requireClean(images: readonly AskedImage[], words: readonly string[]): void {
  if (words.length === 0) return;
  const checked = images.filter(({ approved }) => !approved);
  for (const text of new Set(checked.flatMap(({ prompt, enhanced }) => [prompt, enhanced ?? prompt]))) {
    const word = findBlockedWord(text, words);
    if (word !== undefined) throw new UserError('prompt.blockedWord', { word });
  }
}
