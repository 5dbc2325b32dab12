import { LRUCache } from 'lru-cache';
import type { ClaimedImage } from '#core/batches/claim-image.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import type { Deps } from '#core/deps.ts';
import { ProviderError } from '#core/ports/images.ts';
import type { Moderator } from '#core/ports/moderator.ts';
import { askCheck } from '#core/safety/ask-check.ts';

/** The pictures of a batch mostly share their words; what a service thinks of them may change. */
const kept = { max: 2_000, ttl: 10 * 60_000 };
const verdicts = new WeakMap<Moderator, LRUCache<string, readonly string[]>>();

/**
 * Lets an image pass whose words nobody objects to, or that managers approved, or where nobody is asked. What only enlarges a picture
 * has no words of its own.
 * @throws {ProviderError} `prompt_blocked`; `server`, worth another try, where the service does not answer: nothing is made unseen.
 */
export async function moderateImage(
  { moderator, breakers }: Pick<Deps, 'moderator' | 'breakers'>,
  image: ClaimedImage,
  signal: AbortSignal,
): Promise<void> {
  if (!moderator || image.source !== null || image.approved) return;
  const known = verdicts.get(moderator) ?? new LRUCache<string, readonly string[]>(kept);
  verdicts.set(moderator, known);
  const text = wordsOf(image);
  const ask = (words: string) =>
    askCheck(breakers, `moderation of ${moderator.id}`, { deadlineMs: moderator.deadlineMs, signal }, (bounded) =>
      moderator.moderate(words, { signal: bounded }),
    );
  const objections = known.get(text) ?? (await ask(text));
  known.set(text, objections);
  const detail = objections.join(', ');
  if (objections.length > 0)
    throw new ProviderError('prompt_blocked', `moderation: ${detail}`, { retryable: false, detail });
}
