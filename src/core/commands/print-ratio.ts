import type { Ratio } from '#core/commands/define.ts';

/** A ratio as it is typed, such as `16:9`. */
export const printRatio = ({ width, height }: Ratio): string => `${width}:${height}`;
