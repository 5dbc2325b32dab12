import { createHash } from 'node:crypto';
import type { StoredBatch } from '#tests/chaos/check-rows.ts';
import { type Evidence, type Excuse, excuseOf } from '#tests/chaos/evidence.ts';
import type { Asked } from '#tests/chaos/load.ts';
import { isCard, type KeylessPost, type PlatformId } from '#tests/chaos/platform.ts';

/** Something that is shown more often than once, with what excuses it. */
export interface Duplicate {
  platform: PlatformId;
  shows: KeylessPost['shows'];
  excuses: Excuse[];
}

export interface PostsSeen {
  violations: string[];
  duplicates: Duplicate[];
}

/** Looks at a batch's room as the people in it do: one card, and every picture once, of this batch and no other. */
export function checkPosts(evidence: Evidence, batch: StoredBatch, asked: Asked): PostsSeen {
  const name = `${asked.platform} ${batch.id} (${asked.marker})`;
  const shown = asked.room.shown();
  const isOwnCard = (text: string) => text.includes(batch.id) && isCard(text);
  const cards = shown.filter(({ text }) => isOwnCard(text)).length;
  const others = shown.filter(({ text }) => !isOwnCard(text));
  const copies = countCopies(
    others.flatMap(({ images }) => images.map((bytes) => createHash('sha256').update(bytes).digest('hex'))),
  );
  const sentences = countCopies(others.flatMap(({ text, images }) => (images.length === 0 && text ? [text] : [])));
  const excusesFor = (shows: KeylessPost['shows']) =>
    asked.room
      .keylessPosts()
      .filter((post) => post.shows === shows)
      .flatMap(({ callId }) => excuseOf(evidence, callId) ?? []);

  const seen: PostsSeen = { violations: [], duplicates: [] };
  function judge(what: string, count: number, shows: KeylessPost['shows']): void {
    if (count === 1) return;
    const excuses = excusesFor(shows);
    if (count === 0 || excuses.length < count - 1) {
      seen.violations.push(`${what} of ${name} is shown ${count} times, with ${excuses.length} excuses`);
    } else if (!seen.duplicates.some((known) => known.shows === shows)) {
      seen.duplicates.push({ platform: asked.platform, shows, excuses: excuses.slice(0, count - 1) });
    }
  }

  judge('the card', cards, 'card');
  const own = new Set<string>();
  for (const { number, state, picture } of batch.images) {
    if (state !== 'succeeded' || picture === null) continue;
    own.add(picture);
    judge(`picture ${number}`, copies.get(picture) ?? 0, 'pictures');
  }
  for (const [text, count] of sentences) judge(JSON.stringify(text), count, 'words');
  for (const picture of copies.keys()) {
    if (!own.has(picture)) seen.violations.push(`the room of ${name} shows a picture that is not its own: ${picture}`);
  }
  return seen;
}

function countCopies(values: readonly string[]): Map<string, number> {
  const copies = new Map<string, number>();
  for (const value of values) copies.set(value, (copies.get(value) ?? 0) + 1);
  return copies;
}
