import type postgres from 'postgres';
import { checkCommands, type Unwritten, whyUnwritten } from '#tests/chaos/check-commands.ts';
import { checkEndings } from '#tests/chaos/check-endings.ts';
import { checkErrand } from '#tests/chaos/check-errands.ts';
import { checkPayments, type LostPicture } from '#tests/chaos/check-payments.ts';
import { checkPosts, type Duplicate } from '#tests/chaos/check-posts.ts';
import { checkRows, readBatches } from '#tests/chaos/check-rows.ts';
import { type Errand, isFile } from '#tests/chaos/errands.ts';
import type { Evidence } from '#tests/chaos/evidence.ts';
import type { Asked } from '#tests/chaos/load.ts';
import type { Happened, Targets } from '#tests/chaos/mishaps.ts';
import { readBooks } from '#tests/chaos/read-books.ts';

export interface Verdict {
  batches: number;
  images: Record<string, number>;
  /** How many came to something, of each kind. */
  errands: Partial<Record<Errand, number>>;
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
  const deaths = { instances: evidence.instances, outages: happened.outages };
  const violations = checkEndings(deaths.instances, deaths.outages);
  const batches = await readBatches(sql);
  const byMarker = Map.groupBy(batches, ({ prompt }) => prompt.split(' ', 1)[0] ?? '');
  const found = asked.map((one) => ({ asked: one, batches: byMarker.get(one.marker) ?? [] }));
  const known = new Set(found.flatMap((one) => one.batches));
  for (const batch of batches) if (!known.has(batch)) violations.push(`${batch.id} was asked for by nobody`);

  const books = readBooks(sql);
  const unwritten: Unwritten[] = [];
  const run: Errand[] = [];
  for (const { asked: one, batches: own } of found) {
    const errand = await checkErrand(deaths, dataDir, one, own);
    violations.push(...errand.violations);
    if (errand.unwritten) unwritten.push(errand.unwritten);
    if (one.errand && errand.isRun) run.push(one.errand);
    // What is left of a file's command is its follow-up.
    if (own.length > 0 || one.draft || (isFile(one.errand) && (await books.findDraft(one.marker)))) continue;
    const why = whyUnwritten(one, one.room, deaths.instances, deaths.outages);
    if (!why) {
      const { marker, platform, errand: wanted = 'pictures', at } = one;
      const typed = new Date(at).toISOString();
      violations.push(`${marker} (${wanted}, ${typed}) on ${platform} was taken, and nothing came of it`);
    }
    unwritten.push(why ?? 'died before its commit');
  }
  violations.push(...(await checkRows(sql, dataDir)));

  const duplicates: Duplicate[] = [];
  const lost: LostPicture[] = [];
  for (const { asked: one, batches: own } of found) {
    const posts = checkPosts(evidence, own, one);
    violations.push(...posts.violations);
    duplicates.push(...posts.duplicates);
    const drawn = own.flatMap(({ images }) => images.filter(({ isEnlarged }) => !isEnlarged));
    for (const [prompt, images] of Map.groupBy(drawn, (image) => image.prompt)) {
      const { provider } = targets;
      const paid = { pictures: provider.picturesOf(prompt), calls: provider.callsOf(prompt) };
      const payments = checkPayments(evidence, images, paid);
      violations.push(...payments.violations);
      lost.push(...payments.lost);
    }
  }
  // Last, as their answers come to the same places.
  violations.push(
    ...(await checkCommands(found.flatMap((one) => one.batches.map((batch) => ({ batch, asked: one.asked }))))),
  );
  for (const platform of targets.platforms.values()) {
    violations.push(...platform.violations().map((sentence) => `${platform.id}: ${sentence}`));
  }
  return {
    batches: batches.length,
    images: countBy(batches.flatMap(({ images }) => images.map(({ state }) => state))),
    errands: countBy(run),
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
