import type { PlatformId } from '#tests/chaos/platform.ts';
import type { Slot } from '#tests/chaos/processes.ts';

/** How much of everything a run does, and what it must have done at least to count. */
export interface Scale {
  batches: number;
  /** Of the requests, so many come with each errand. */
  errandsEach: number;
  /** Errands of each kind that must have been run. */
  errandsMin: number;
  /** Commands typed on each platform, out of all. */
  shares: Record<PlatformId, number>;
  loadMs: number;
  /** What goes wrong is spread over this time from the start. */
  faultsMs: number;
  /** How long the dust may take to settle. */
  settleMaxMs: number;
  /** After so long a run is given up. */
  runMaxMs: number;
  kills: Record<Slot, number>;
  killsMin: number;
  /** Of each kind at the provider, and of each kind at each platform. */
  faults: { provider: number; platform: Record<PlatformId, number> };
  faultsMin: number;
  postgresRestarts: number;
  /** Longest that PostgreSQL is away; longer than a process may be silent shows who takes whom for dead. */
  postgresDownMaxMs: number;
  /** Each of them with and without losing its memory. */
  redisRestarts: number;
  /** How long a hanging answer of the provider is waited for before the server cuts it; undefined: until the client leaves. */
  hangMs: number | undefined;
}

/** Pictures of a batch, each from a prompt of its own. */
export const imagesEach = 10;

const minuteMs = 60_000;

export const scales: Record<'full' | 'short', Scale> = {
  full: {
    batches: 200,
    errandsEach: 8,
    errandsMin: 3,
    shares: { discord: 0.76, slack: 0.12, telegram: 0.12 },
    loadMs: 6 * minuteMs,
    faultsMs: 6.5 * minuteMs,
    settleMaxMs: 8 * minuteMs,
    runMaxMs: 25 * minuteMs,
    kills: { 'worker-1': 22, 'worker-2': 22, bots: 14, http: 8 },
    killsMin: 60,
    faults: { provider: 22, platform: { discord: 8, slack: 7, telegram: 7 } },
    faultsMin: 20,
    postgresRestarts: 6,
    postgresDownMaxMs: 16_000,
    redisRestarts: 5,
    hangMs: undefined,
  },
  short: {
    batches: 24,
    errandsEach: 1,
    errandsMin: 1,
    shares: { discord: 0.6, slack: 0.2, telegram: 0.2 },
    loadMs: 45_000,
    faultsMs: 60_000,
    settleMaxMs: 180_000,
    runMaxMs: 7 * minuteMs,
    kills: { 'worker-1': 3, 'worker-2': 3, bots: 2, http: 1 },
    killsMin: 9,
    faults: { provider: 2, platform: { discord: 2, slack: 1, telegram: 1 } },
    faultsMin: 2,
    postgresRestarts: 1,
    postgresDownMaxMs: 4_000,
    redisRestarts: 1,
    hangMs: 10_000,
  },
};
