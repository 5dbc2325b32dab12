import type { images } from '#db/schema/index.ts';

type Words = Pick<typeof images.$inferSelect, 'prompt' | 'enhanced'>;

/** What a picture is made from: the prompt, or what it was written out to. */
export const wordsOf = ({ prompt, enhanced }: Words): string => enhanced ?? prompt;

/** Whether it has other words than those that were typed. */
export const isWrittenOut = ({ prompt, enhanced }: Words): boolean => enhanced !== null && enhanced !== prompt;

/** Whether it was to be written out and could not be. */
export const isAsTyped = ({ prompt, enhanced }: Words): boolean => enhanced === prompt;
