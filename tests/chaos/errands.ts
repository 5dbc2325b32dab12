import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredBatch } from '#tests/chaos/check-rows.ts';
import type { Asked } from '#tests/chaos/load.ts';
import { type ChaosRoom, countHeard } from '#tests/chaos/platform.ts';

/** What some people do besides asking for ten pictures in front of everybody. */
export const errands = [
  ...(['file', 'draft', 'private', 'share'] as const),
  ...(['retry', 'rerun', 'vary', 'upscale', 'show', 'zip', 'delete'] as const),
];
/** `file`: its draft is run. `draft`: it is left alone. `private`: nothing more; `share`: and shared once it is there. */
export type Errand = (typeof errands)[number];

export const isPrivate = (errand: Errand | undefined): boolean => errand === 'private' || errand === 'share';
export const isFile = (errand: Errand | undefined): boolean => errand === 'file' || errand === 'draft';

/** A command, as the person knows of it. */
export interface Step {
  /** Milliseconds since the epoch. */
  at: number;
  /** The person saw that somebody took it. */
  taken: boolean;
  /** What the app had said to them until then, in messages. */
  heard: number;
}

/** A command about a batch or draft that is there; it is typed again until somebody takes it. */
export interface FollowUp extends Step {
  tries: number;
  /** Pictures that it is about. */
  numbers: number[];
  /** Stored bytes that are to go. */
  blobs: string[];
}

export interface FoundDraft {
  id: string;
  /** Entries of the ledger that its person has. */
  booked: number;
}

export interface FoundPicture {
  number: number;
  state: string;
  original: string | null;
  thumbnail: string | null;
}

/** What the rows say of a room, while they can be asked. */
export interface Books {
  findDraft(marker: string): Promise<FoundDraft | undefined>;
  findFinished(marker: string): Promise<{ id: string; pictures: FoundPicture[] } | undefined>;
  readRoom(marker: string): Promise<StoredBatch[]>;
}

/** How often an errand was done, by what is written of its room. */
export function countDone(errand: Errand, batches: readonly StoredBatch[]): number {
  const shows = batches.filter(({ isAgain }) => !isAgain).flatMap((batch) => batch.shows);
  switch (errand) {
    case 'private':
    case 'file':
      return batches.length;
    case 'show':
      return shows.filter(({ kind, series }) => kind === 'gallery' && series > 0).length;
    case 'share':
      return shows.filter(({ shared }) => shared).length;
    case 'zip':
      return shows.filter(({ kind }) => kind === 'zip').length;
    case 'delete':
      return batches.some(({ images }) => images.some(({ isDeleted }) => isDeleted)) ? 1 : 0;
    default:
      return batches.filter(({ isAgain }) => isAgain).length;
  }
}

const lookEveryMs = 250;
const triesMax = 5;
const againAfterMs = 1_000;
/** What a command leaves is written once it has been answered, though its process may be away when it is typed, and then its database. */
const writtenWithinMs = 60_000;

/** Goes on with what was asked for in a room, until `deadline`, in milliseconds since the epoch. */
export async function runErrand(asked: Asked, books: Books, deadline: number): Promise<void> {
  const { errand, marker } = asked;
  if (errand === undefined) return;
  const waitUntilWritten = <T>(find: () => Promise<T | undefined>) => waitFor(find, Date.now() + writtenWithinMs);
  // What was taken may still have been refused: its database was away, say.
  const began = isFile(errand)
    ? await waitUntilWritten(async () => {
        asked.draft = await books.findDraft(marker);
        return asked.draft;
      })
    : await waitUntilWritten(async () => (await books.readRoom(marker))[0]);
  if (!began) return;
  await typeFollowUp(errand, asked, books, deadline);
  asked.isDone =
    errand === 'draft' ||
    (await waitUntilWritten(async () => countDone(errand, await books.readRoom(marker)) > 0 || undefined));
}

async function typeFollowUp(errand: Errand, asked: Asked, books: Books, deadline: number): Promise<void> {
  const { marker, room } = asked;
  if (errand === 'private' || errand === 'draft') return;
  if (errand === 'file') {
    if (asked.draft) {
      asked.followUp = startFollowUp();
      await typeUntilTaken(room, `/draft ${asked.draft.id} run`, asked.followUp);
    }
    return;
  }
  const batch = await waitFor(() => books.findFinished(marker), deadline);
  const line = batch && planFollowUp(errand, batch.id, batch.pictures);
  if (!line) return;
  asked.followUp = { ...startFollowUp(), numbers: line.pictures.map(({ number }) => number) };
  if (errand === 'delete') {
    asked.followUp.blobs = line.pictures.flatMap(({ original, thumbnail }) => [original ?? [], thumbnail ?? []].flat());
  }
  await typeUntilTaken(room, line.typed, asked.followUp);
}

/** Undefined where no picture is there for it. */
function planFollowUp(errand: Errand, id: string, all: readonly FoundPicture[]) {
  const came = all.filter(({ state }) => state === 'succeeded');
  const lacking = all.filter(({ state }) => state !== 'succeeded');
  const plan = (pictures: readonly FoundPicture[], type: (numbers: string) => string) => {
    const typed = type(pictures.map(({ number }) => number).join(','));
    return pictures.length > 0 ? { typed, pictures } : undefined;
  };
  switch (errand) {
    case 'retry':
      return plan(lacking, () => `/retry ${id}`);
    case 'rerun':
      return plan(came.slice(0, 2), (numbers) => `/rerun ${id} ${numbers}`);
    case 'vary':
      return plan(came.slice(0, 1), (number) => `/vary ${id} ${number} --n 2`);
    case 'upscale':
      return plan(came.slice(0, 1), (number) => `/upscale ${id} ${number}`);
    case 'show':
      return plan(came.slice(0, 3), (numbers) => `/show ${id} ${numbers}`);
    case 'delete':
      return plan(came.slice(0, 2), (numbers) => `/delete ${id} ${numbers} --sure on`);
    default:
      return plan(came, () => `/${errand} ${id}`);
  }
}

const startFollowUp = (): FollowUp => ({ at: Date.now(), taken: false, heard: 0, tries: 0, numbers: [], blobs: [] });

async function typeUntilTaken(room: ChaosRoom, line: string, step: FollowUp): Promise<void> {
  while (!step.taken && step.tries < triesMax) {
    if (step.tries > 0) await sleep(againAfterMs);
    step.tries += 1;
    step.at = Date.now();
    step.heard = countHeard(room);
    step.taken = await room.type(line);
  }
}

async function waitFor<T>(find: () => Promise<T | undefined>, deadline: number): Promise<T | undefined> {
  for (;;) {
    // The database may be away just now.
    const found = await find().catch(() => undefined);
    if (found !== undefined || Date.now() > deadline) return found;
    await sleep(lookEveryMs);
  }
}
