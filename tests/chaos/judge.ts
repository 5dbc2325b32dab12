import type postgres from 'postgres';
import { checkCommands, type Unwritten, whyUnwritten } from '#tests/chaos/check-commands.ts';
import { checkEndings } from '#tests/chaos/check-endings.ts';
import { checkPayments, type LostPicture } from '#tests/chaos/check-payments.ts';
import { checkPosts, type Duplicate } from '#tests/chaos/check-posts.ts';
import { checkRows, readBatches, type StoredBatch } from '#tests/chaos/check-rows.ts';
import type { Evidence } from '#tests/chaos/evidence.ts';
import type { Asked } from '#tests/chaos/load.ts';
import type { Happened, Targets } from '#tests/chaos/mishaps.ts';

export interface Verdict {
  batches: number;
  images: Record<string, number>;
  unwritten: Partial<Record<Unwritten, number>>;
  duplicates: Record<string, number>;
  picturesLost: Partial<Record<LostPicture, number>>;
  violations: string[];
}

/** Holds what the rows say, what the platforms show and what the provider was asked against each other. */
export async function judge(
  sql: postgres.Sql,
  dataDir: string,
  asked: readonly Asked[],
  targets: Targets,
  evidence: Evidence,
  happened: Happened,
): Promise<Verdict> {
  const { instances } = evidence;
  const violations = checkEndings(instances, happened.outages);
  const batches = await readBatches(sql);
  const found: { batch: StoredBatch; asked: Asked }[] = [];
  for (const batch of batches) {
    const one = asked.find(({ marker }) => batch.prompt.startsWith(`${marker} `));
    if (one) found.push({ batch, asked: one });
    else violations.push(`${batch.id} was asked for by nobody`);
  }
  violations.push(...(await checkCommands(found)));
  violations.push(...(await checkRows(sql, dataDir)));

  const duplicates: Duplicate[] = [];
  const lost: LostPicture[] = [];
  for (const { batch, asked: one } of found) {
    const posts = checkPosts(evidence, batch, one);
    violations.push(...posts.violations);
    duplicates.push(...posts.duplicates);
    for (const image of batch.images) {
      const { provider } = targets;
      const paid = { pictures: provider.picturesOf(image.prompt), calls: provider.callsOf(image.prompt) };
      const payments = checkPayments(evidence, image, paid);
      violations.push(...payments.violations);
      lost.push(...payments.lost);
    }
  }

  const written = new Set(found.map(({ asked: one }) => one));
  const unwritten = asked
    .filter((one) => !written.has(one))
    .map((one) => {
      const why = whyUnwritten(one, instances, happened.outages);
      if (!why) violations.push(`${one.marker} on ${one.platform} was taken, and nothing came of it`);
      return why ?? 'died before its commit';
    });
  for (const platform of targets.platforms.values()) {
    violations.push(...platform.violations().map((sentence) => `${platform.id}: ${sentence}`));
  }
  return {
    batches: batches.length,
    images: countBy(batches.flatMap(({ images }) => images.map(({ state }) => state))),
    unwritten: countBy(unwritten),
    duplicates: countBy(duplicates.map(({ platform, shows, excuses }) => `${platform} ${shows} ${excuses.join('+')}`)),
    picturesLost: countBy(lost),
    violations,
  };
}

function countBy<K extends string>(values: readonly K[]): Record<K, number> {
  const groups = [...Map.groupBy(values, (value) => value)].map(([value, group]) => [value, group.length]);
  return Object.fromEntries(groups) as Record<K, number>;
}
