const words = new Intl.Segmenter('und', { granularity: 'word' });

/**
 * What was taken out of a prompt and what was put in its place, in whole words; undefined where they neither begin nor
 * end alike, and either side empty where words were added or taken out alone.
 */
export function promptChange(before: string, after: string): { before: string; after: string } | undefined {
  const [old, now] = [before, after].map((text) => [...words.segment(text)].map(({ segment }) => segment));
  if (!old || !now) return undefined;
  const start = countAlike(old, now);
  const [oldRest, nowRest] = [old.slice(start), now.slice(start)];
  const end = countAlike(oldRest.toReversed(), nowRest.toReversed());
  if (start + end === 0) return undefined;
  const middle = (rest: readonly string[]) =>
    rest
      .slice(0, rest.length - end)
      .join('')
      .trim();
  return { before: middle(oldRest), after: middle(nowRest) };
}

/** How many words two texts begin with alike. */
function countAlike(one: readonly string[], other: readonly string[]): number {
  const differs = one.findIndex((word, index) => word !== other[index]);
  return differs === -1 ? one.length : differs;
}
