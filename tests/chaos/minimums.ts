import { errands } from '#tests/chaos/errands.ts';
import type { Verdict } from '#tests/chaos/judge.ts';
import type { Happened } from '#tests/chaos/mishaps.ts';
import { platformFaults } from '#tests/chaos/platform.ts';
import { providerFaults } from '#tests/chaos/provider.ts';
import type { Scale } from '#tests/chaos/scales.ts';

/** What a run did too little of to show anything. */
export function findTooLittle(
  scale: Scale,
  queue: 'redis' | 'postgres',
  happened: Pick<Happened, 'counts'>,
  { batches, errands: run }: Pick<Verdict, 'batches' | 'errands'>,
): string[] {
  const sum = (fits: RegExp) =>
    [...happened.counts].reduce((total, [name, count]) => total + (fits.test(name) ? count : 0), 0);
  const done: [what: string, count: number, least: number][] = [
    ['batches', batches, scale.batches],
    ...errands.map((errand) => [`errand ${errand}`, run[errand] ?? 0, scale.errandsMin] as [string, number, number]),
    ['kills', sum(/^kill /), scale.killsMin],
    ['restarts of PostgreSQL', sum(/^postgres /), scale.postgresRestarts],
    ...providerFaults.map(
      (fault) =>
        [`provider ${fault}`, sum(new RegExp(`^provider ${fault}$`)), scale.faultsMin] as [string, number, number],
    ),
    ...platformFaults.map(
      (fault) =>
        [`platform ${fault}`, sum(new RegExp(`^(discord|slack|telegram) ${fault}$`)), scale.faultsMin] as [
          string,
          number,
          number,
        ],
    ),
  ];
  if (queue === 'redis') {
    done.push(['restarts of Redis with its memory', sum(/^redis keeps/), scale.redisRestarts]);
    done.push(['restarts of Redis without its memory', sum(/^redis loses/), scale.redisRestarts]);
  }
  return done.flatMap(([what, count, least]) => (count < least ? [`too little: ${count} ${what} of ${least}`] : []));
}
