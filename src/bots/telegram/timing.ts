import type { Waits } from '#bots/telegram/keep-trying.ts';

/** How long things wait for each other, in milliseconds. */
export interface Timing {
  /** A person who waits longer sees that we are at it. */
  deferMs: number;
  /** An album is complete when no part of it has come for so long. */
  albumQuietMs: number;
  /** So long the next of a chat waits for the one before it. */
  laneWaitMs: number;
  /** So long new updates wait for slow ones. */
  windowWaitMs: number;
  /** So long an update that is committed is kept for its answer to be shown. */
  shownWaitMs: number;
  /** Longest that a webhook's request stays open. */
  answerMaxMs: number;
  /** Between two tries to reach Telegram. */
  waits: Waits;
}

export const defaultTiming: Timing = {
  deferMs: 1500,
  albumQuietMs: 700,
  laneWaitMs: 3000,
  windowWaitMs: 1000,
  shownWaitMs: 2000,
  answerMaxMs: 10_000,
  waits: { firstMs: 1000, maxMs: 30_000 },
};
