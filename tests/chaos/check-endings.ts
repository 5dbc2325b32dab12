import type { Happened } from '#tests/chaos/mishaps.ts';
import type { Instance } from '#tests/chaos/processes.ts';

/** A store that has just come back still lets nobody in for a moment. */
const recoveryMs = 2_000;

/** Processes end when they are killed, and when a store is away while they start; never otherwise. */
export function checkEndings(instances: readonly Instance[], outages: Happened['outages']): string[] {
  return instances.flatMap(({ slot, ending, easel, readyAt, startedAt, endedAt = 0 }) => {
    if (ending === undefined) return [];
    const wasAway = outages.some(({ from, to }) => from <= endedAt && to + recoveryMs >= startedAt);
    if (readyAt === undefined && wasAway) return [];
    return [`${slot} ${ending} by itself: ${[...easel.stdout, ...easel.stderr].slice(-3).join(' | ').slice(0, 600)}`];
  });
}
