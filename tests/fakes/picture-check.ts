import type { ProviderError } from '#core/ports/images.ts';
import type { PictureCheck, Rating } from '#core/ports/picture-check.ts';

export interface FakePictureCheck extends PictureCheck {
  /** What it says of every picture from here on. */
  rating: Rating;
  /** What it says of the next ones, before `rating`. */
  readonly next: Rating[];
  /** Thrown by the next looks. */
  readonly failures: ProviderError[];
  readonly looked: Uint8Array[];
}

/** A check of pictures that says what the test wants. */
export function createFakePictureCheck(rating: Rating = 'safe'): FakePictureCheck {
  const check: FakePictureCheck = {
    id: 'fake',
    deadlineMs: 1_000,
    rating,
    next: [],
    failures: [],
    looked: [],
    async rate(picture) {
      check.looked.push(picture);
      const failure = check.failures.shift();
      if (failure) throw failure;
      return check.next.shift() ?? check.rating;
    },
    async stop() {},
  };
  return check;
}
