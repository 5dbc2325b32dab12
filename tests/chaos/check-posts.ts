import type { StoredBatch, StoredShow } from '#tests/chaos/check-rows.ts';
import { type Evidence, type Excuse, excuseOf } from '#tests/chaos/evidence.ts';
import type { Asked } from '#tests/chaos/load.ts';
import { isCard, type KeylessPost, type PlatformId, type ShownMessage } from '#tests/chaos/platform.ts';
import { sha256 } from '#tests/read-zip.ts';

/** Something that is shown more often than it is to be, with what excuses it. */
export interface Duplicate {
  platform: PlatformId;
  shows: KeylessPost['shows'];
  excuses: Excuse[];
}

export interface PostsSeen {
  violations: string[];
  duplicates: Duplicate[];
}

/** How often what a place shows is to be there. */
interface Expected {
  card: number;
  picture(number: number): number;
  zips: number;
}

/**
 * Looks at a room as the people in it do, and at what its person sees alone with the app: one card of each batch, and every picture
 * as often as somebody asked to see it, of these batches and no other; of private ones alone, unless they were shared.
 */
export function checkPosts(evidence: Evidence, batches: readonly StoredBatch[], asked: Asked): PostsSeen {
  const { room, platform, marker } = asked;
  const again = batches.flatMap(({ id, isAgain }) => (isAgain ? [id] : []));
  const seen: PostsSeen = { violations: [], duplicates: [] };
  const excusesFor = (shows: KeylessPost['shows']) =>
    room
      .keylessPosts()
      .filter((post) => post.shows === shows)
      .flatMap(({ callId }) => excuseOf(evidence, callId) ?? []);

  function judge(what: string, count: number, expected: number, shows: KeylessPost['shows']): void {
    if (count === expected) return;
    const excuses = excusesFor(shows);
    if (count < expected || excuses.length < count - expected) {
      const wanted = expected === 1 ? '' : ` instead of ${expected}`;
      seen.violations.push(`${what} is shown ${count} times${wanted}, with ${excuses.length} excuses`);
    } else if (!seen.duplicates.some((known) => known.shows === shows)) {
      seen.duplicates.push({ platform, shows, excuses: excuses.slice(0, count - expected) });
    }
  }

  function judgePlace(where: string, shown: readonly ShownMessage[], expect: (batch: StoredBatch) => Expected): void {
    // The card of what was made again names what it was made from, too.
    const isOwnCard = ({ text }: ShownMessage, id: string) =>
      isCard(text) && (again.find((one) => text.includes(one)) ?? id) === id && text.includes(id);
    const others = shown.filter((message) => !batches.some(({ id }) => isOwnCard(message, id)));
    const copies = countCopies(others.flatMap(({ images }) => images.map(sha256)));
    const own = new Set<string>();
    for (const batch of batches) {
      const expected = expect(batch);
      const name = `${platform} ${batch.id} (${marker})${where}`;
      judge(
        `the card of ${name}`,
        shown.filter((message) => isOwnCard(message, batch.id)).length,
        expected.card,
        'card',
      );
      judge(`the zip of ${name}`, shown.filter((message) => hasZip(message, batch.id)).length, expected.zips, 'files');
      for (const { number, picture, state } of batch.images) {
        if (state !== 'succeeded' || picture === null) continue;
        own.add(picture);
        judge(`picture ${number} of ${name}`, copies.get(picture) ?? 0, expected.picture(number), 'pictures');
      }
    }
    for (const blob of asked.followUp?.blobs ?? []) {
      const gone = hashOf(blob);
      own.add(gone);
      const isThere = batches.some(({ images }) => images.some(({ picture }) => picture === gone));
      const name = `the deleted picture ${gone} of ${platform} (${marker})${where}`;
      if (!isThere) judge(name, copies.get(gone) ?? 0, 0, 'pictures');
    }
    for (const picture of copies.keys()) {
      if (own.has(picture)) continue;
      seen.violations.push(
        `the room of ${platform} (${marker})${where} shows a picture that is not its own: ${picture}`,
      );
    }
  }

  judgePlace('', room.shown(), (batch) => expectIn(batch, batch.isPrivate ? ({ shared }) => shared : () => true));
  judgePlace(' alone with the app', room.direct(), (batch) =>
    expectIn(batch, batch.isPrivate ? ({ shared }) => !shared : () => false),
  );
  // Each gallery may come with the same words.
  const galleries = batches.flatMap(({ shows }) => shows.filter(({ kind }) => kind === 'gallery')).length;
  const words = room
    .shown()
    .filter(({ text, images, files }) => text !== '' && images.length + files.length === 0 && !isCard(text));
  for (const [text, count] of countCopies(words.map(({ text }) => text))) {
    judge(
      `${JSON.stringify(text)} of ${platform} (${marker})`,
      count,
      Math.max(1, Math.min(count, galleries)),
      'words',
    );
  }
  return seen;
}

/** What of a batch is to be in a place, by which of its messages belong there. */
function expectIn(batch: StoredBatch, belongs: (show: StoredShow) => boolean): Expected {
  const shows = batch.shows.filter(belongs);
  const card: StoredShow = { kind: 'gallery', series: 0, shared: false, numbers: null };
  return {
    card: belongs(card) ? 1 : 0,
    zips: shows.filter(({ kind }) => kind === 'zip').length,
    picture: (number) =>
      shows.filter(({ kind, numbers }) => kind === 'gallery' && (numbers === null || numbers.includes(number))).length,
  };
}

/** Of a stored picture, by its key. */
export const hashOf = (key: string): string => key.split('/').at(-1) ?? '';

export const hasZip = ({ files }: Pick<ShownMessage, 'files'>, id: string): boolean =>
  files.some(({ name }) => name === `easel-${id}.zip`);

function countCopies(values: readonly string[]): Map<string, number> {
  const copies = new Map<string, number>();
  for (const value of values) copies.set(value, (copies.get(value) ?? 0) + 1);
  return copies;
}
