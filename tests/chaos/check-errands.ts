import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Unwritten, whyUnwritten } from '#tests/chaos/check-commands.ts';
import { hashOf, hasZip } from '#tests/chaos/check-posts.ts';
import type { StoredBatch } from '#tests/chaos/check-rows.ts';
import { countDone } from '#tests/chaos/errands.ts';
import type { Asked } from '#tests/chaos/load.ts';
import type { Happened } from '#tests/chaos/mishaps.ts';
import type { Instance } from '#tests/chaos/processes.ts';
import { readZip, sha256 } from '#tests/read-zip.ts';

export interface ErrandSeen {
  violations: string[];
  /** Something came of it. */
  isRun: boolean;
  unwritten?: Unwritten;
}

export interface Deaths {
  instances: readonly Instance[];
  outages: Happened['outages'];
}

/** Holds what a person did after their first command against what came of it: never more often than it was typed, and all of it. */
export async function checkErrand(
  { instances, outages }: Deaths,
  dataDir: string,
  asked: Asked,
  batches: readonly StoredBatch[],
): Promise<ErrandSeen> {
  const { errand, followUp, draft, room, platform, marker } = asked;
  const name = `${errand} of ${marker} on ${platform}`;
  if (errand === undefined) return { violations: [], isRun: false };
  const violations = [
    ...checkDraft(name, asked, batches),
    ...(errand === 'zip' ? await checkZips(name, asked, batches) : []),
    ...checkGone(name, dataDir, asked, batches),
  ];
  const isHidden = errand === 'private' || errand === 'share';
  if (isHidden !== batches.some(({ isPrivate }) => isPrivate) && batches.length > 0) {
    violations.push(`${name}: its batch is ${isHidden ? 'not ' : ''}private`);
  }
  if (errand === 'draft') return { violations, isRun: draft !== undefined };
  const count = countDone(errand, batches);
  if (!followUp) return { violations, isRun: errand === 'private' && count > 0 };
  if (count > followUp.tries) violations.push(`${name} was typed ${followUp.tries} times and done ${count} times`);
  if (count > 0) return { violations, isRun: true };
  const why = whyUnwritten(followUp, room, instances, outages);
  if (!why) violations.push(`${name} was taken, and nothing came of it`);
  return { violations, isRun: false, ...(why ? { unwritten: why } : {}) };
}

/** A draft books nothing, and nothing comes of it by itself. */
function checkDraft(name: string, { draft, errand }: Asked, batches: readonly StoredBatch[]): string[] {
  const violations: string[] = [];
  if (draft && draft.booked > 0) violations.push(`${name}: the draft ${draft.id} has booked ${draft.booked} entries`);
  if (errand === 'draft' && batches.length > 0) violations.push(`${name}: nobody ran it, and it became a batch`);
  return violations;
}

/** A zip holds the pictures that came, and no other. */
async function checkZips(name: string, { room }: Asked, batches: readonly StoredBatch[]): Promise<string[]> {
  const violations: string[] = [];
  for (const { id, images } of batches) {
    const expected = images.flatMap(({ picture }) => picture ?? []).toSorted();
    const zips = room.shown().flatMap((message) => (hasZip(message, id) ? message.files : []));
    for (const { bytes } of zips) {
      const files = await readZip(bytes).catch(() => []);
      const held = files.filter((file) => file.name !== 'manifest.csv').map((file) => sha256(file.bytes));
      if (held.toSorted().join() !== expected.join()) {
        violations.push(
          `${name}: the zip of ${id} holds ${held.length} pictures that are not the ${expected.length} that came`,
        );
      }
    }
  }
  return violations;
}

/** What was deleted is stored nowhere any more. */
function checkGone(name: string, dataDir: string, { followUp }: Asked, batches: readonly StoredBatch[]): string[] {
  if (!batches.some(({ images }) => images.some(({ isDeleted }) => isDeleted))) return [];
  const left = (followUp?.blobs ?? []).filter((blob) => existsSync(join(dataDir, 'blobs', blob)));
  return left.map((blob) => `${name}: the file of a deleted picture is still there: ${hashOf(blob)}`);
}
