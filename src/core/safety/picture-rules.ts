import type { Rating } from '#core/ports/picture-check.ts';

/**
 * What can be done with a picture in a place: `spoiler` hides it until the reader asks for it, `blur` posts a blurred form of
 * it alone, `block` makes nothing of it. From the most open to the strictest.
 */
export const pictureActions = ['show', 'spoiler', 'blur', 'block'] as const;
export type PictureAction = (typeof pictureActions)[number];

/** Ratings about which a place may decide. */
export const ruledRatings = ['suggestive', 'explicit'] as const satisfies Rating[];
export type RuledRating = (typeof ruledRatings)[number];

/** What somebody set; what is absent is as it comes. */
export type PictureRules = Partial<Record<RuledRating, PictureAction>>;

const ordinary: Record<RuledRating, PictureAction> = { suggestive: 'spoiler', explicit: 'block' };
const forAdults: Record<RuledRating, PictureAction> = { suggestive: 'show', explicit: 'spoiler' };

/**
 * What holds in a channel. `ageRestricted` is what the platform says of it: undefined where it has no such channels. Where it
 * has, explicit pictures are openly shown in those alone, also where they were set to be before the channel was changed.
 */
export function actionsIn(
  rules: PictureRules,
  ageRestricted: boolean | undefined,
): Readonly<Record<RuledRating, PictureAction>> {
  const byDefault = ageRestricted === true ? forAdults : ordinary;
  const explicit = allowsExplicit(ageRestricted, rules.explicit) ? rules.explicit : undefined;
  return { suggestive: rules.suggestive ?? byDefault.suggestive, explicit: explicit ?? byDefault.explicit };
}

/** Whether explicit pictures may be dealt with like this in such a channel. */
export function allowsExplicit(ageRestricted: boolean | undefined, action: PictureAction | undefined): boolean {
  return action !== 'show' || ageRestricted !== false;
}
