import { type PlatformFault, type PlatformId, platformFaults, platformIds } from '#tests/chaos/platform.ts';
import { type Slot, slots } from '#tests/chaos/processes.ts';
import { type ProviderFault, providerFaults } from '#tests/chaos/provider.ts';
import type { Random } from '#tests/chaos/random.ts';
import type { Scale } from '#tests/chaos/scales.ts';

/** Something that goes wrong at a moment, in milliseconds from the start. */
export type Mishap = { atMs: number } & (
  | { what: 'kill'; slot: Slot; downMs: number }
  | { what: 'postgres'; how: 'SIGKILL' | 'SIGINT'; downMs: number }
  | { what: 'redis'; keepsMemory: boolean; downMs: number }
  | { what: 'platform'; platform: PlatformId; fault: PlatformFault }
  | { what: 'provider'; fault: ProviderFault }
);

/** The seed decides what goes wrong and when; what it meets is the machine's doing. */
export function createPlan(random: Random, scale: Scale, queue: 'redis' | 'postgres'): Mishap[] {
  const { faultsMs } = scale;
  const kills = slots.flatMap((slot) => Array.from({ length: scale.kills[slot] }, () => slot));
  // Evenly, so that no process is killed before it could do anything; the rest falls where it falls.
  const killEveryMs = faultsMs / kills.length;
  // While enough calls follow to meet them.
  const faultAtMs = () => Math.round(random.next() * scale.loadMs * 0.8);
  const evenly = (count: number, index: number) => Math.round(((index + 0.25 + random.next() / 2) * faultsMs) / count);
  const plan: Mishap[] = random.shuffle(kills).map((slot, index) => ({
    what: 'kill',
    slot,
    atMs: Math.round((index + random.next()) * killEveryMs),
    downMs: random.between(0, 4_000),
  }));
  for (let index = 0; index < scale.postgresRestarts; index += 1) {
    const how = index % 2 === 0 ? 'SIGKILL' : 'SIGINT';
    const downMs = random.between(0, scale.postgresDownMaxMs);
    plan.push({ what: 'postgres', how, atMs: evenly(scale.postgresRestarts, index), downMs });
  }
  const redisRestarts = queue === 'redis' ? 2 * scale.redisRestarts : 0;
  for (let index = 0; index < redisRestarts; index += 1) {
    const keepsMemory = index % 2 === 0;
    plan.push({ what: 'redis', keepsMemory, atMs: evenly(redisRestarts, index), downMs: random.between(0, 5_000) });
  }
  for (const fault of providerFaults) {
    for (let index = 0; index < scale.faults.provider; index += 1)
      plan.push({ what: 'provider', fault, atMs: faultAtMs() });
  }
  for (const platform of platformIds) {
    for (const fault of platformFaults) {
      for (let index = 0; index < scale.faults.platform[platform]; index += 1) {
        plan.push({ what: 'platform', platform, fault, atMs: faultAtMs() });
      }
    }
  }
  return plan.toSorted((one, other) => one.atMs - other.atMs);
}
