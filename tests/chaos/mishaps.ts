import { setTimeout as sleep } from 'node:timers/promises';
import type { Mishap } from '#tests/chaos/plan.ts';
import type { ChaosPlatform, PlatformId } from '#tests/chaos/platform.ts';
import type { PostgresServer } from '#tests/chaos/postgres-server.ts';
import type { Processes } from '#tests/chaos/processes.ts';
import type { ChaosProvider } from '#tests/chaos/provider.ts';
import type { RedisServer } from '#tests/chaos/redis-server.ts';

export interface Targets {
  processes: Processes;
  postgres: PostgresServer;
  redis: RedisServer | undefined;
  platforms: ReadonlyMap<PlatformId, ChaosPlatform>;
  provider: ChaosProvider;
}

/** What really happened, counted when it did and not when it was planned. */
export interface Happened {
  counts: Map<string, number>;
  /** Calls whose answer a platform cut after it had carried them out. */
  cutCalls: Set<string>;
  /** When a store was away, in milliseconds since the epoch. */
  outages: { from: number; to: number }[];
}

export const newHappened = (): Happened => ({ counts: new Map(), cutCalls: new Set(), outages: [] });

/** Lets everything of the plan happen at its moment; resolves when the last has. */
export async function playMishaps(plan: readonly Mishap[], targets: Targets, happened: Happened): Promise<void> {
  const startedAt = performance.now();
  const count = (name: string) => happened.counts.set(name, (happened.counts.get(name) ?? 0) + 1);
  // One after the other where they would meet the same thing.
  const lanes = Map.groupBy(plan, (mishap) => (mishap.what === 'kill' ? mishap.slot : mishap.what));
  await Promise.all(
    [...lanes.values()].map(async (lane) => {
      for (const mishap of lane) {
        await sleep(Math.max(0, startedAt + mishap.atMs - performance.now()));
        await play(mishap, targets, happened, count);
      }
    }),
  );
}

async function play(
  mishap: Mishap,
  targets: Targets,
  happened: Happened,
  count: (name: string) => void,
): Promise<void> {
  switch (mishap.what) {
    case 'kill':
      if (await targets.processes.kill(mishap.slot, mishap.downMs)) count(`kill ${mishap.slot}`);
      return;
    case 'postgres':
      await during(happened, () => targets.postgres.restart(mishap.how, mishap.downMs));
      return count(`postgres ${mishap.how}`);
    case 'redis':
      await during(happened, async () => targets.redis?.restart(mishap));
      return count(`redis ${mishap.keepsMemory ? 'keeps' : 'loses'} its memory`);
    case 'platform':
      targets.platforms.get(mishap.platform)?.fail(mishap.fault, (callId) => {
        count(`${mishap.platform} ${mishap.fault}`);
        if (mishap.fault === 'cut_after') happened.cutCalls.add(callId);
      });
      return;
    case 'provider':
      targets.provider.fail(mishap.fault, () => count(`provider ${mishap.fault}`));
  }
}

async function during(happened: Happened, run: () => Promise<unknown>): Promise<void> {
  const outage = { from: Date.now(), to: Number.POSITIVE_INFINITY };
  happened.outages.push(outage);
  await run();
  outage.to = Date.now();
}
