import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredBatch } from '#tests/chaos/check-rows.ts';
import type { Step } from '#tests/chaos/errands.ts';
import type { Asked } from '#tests/chaos/load.ts';
import type { Happened } from '#tests/chaos/mishaps.ts';
import { type ChaosRoom, countHeard } from '#tests/chaos/platform.ts';
import type { Instance } from '#tests/chaos/processes.ts';

const atOnce = 6;
const triesMax = 6;
const answerMaxMs = 15_000;

/** Asks for the status of every batch where it was asked for; a batch that was written and cannot be seen is lost. */
export async function checkCommands(found: readonly { batch: StoredBatch; asked: Asked }[]): Promise<string[]> {
  const violations: string[] = [];
  const left = [...found];
  const askNext = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const { batch, asked } = next;
      if (!(await isVisible(batch, asked))) {
        violations.push(`/status does not know ${batch.id} (${asked.marker} on ${asked.platform})`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, askNext));
  return violations;
}

async function isVisible({ id }: StoredBatch, asked: Asked): Promise<boolean> {
  const { room } = asked;
  const isTold = () => room.whispers().some((text) => text.includes(id) && text.includes(asked.marker));
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (!(await room.type(`/status ${id}`))) continue;
    const deadline = Date.now() + answerMaxMs;
    while (Date.now() < deadline) {
      if (isTold()) return true;
      await sleep(100);
    }
  }
  return false;
}

/** How a command ended that nothing came of. */
export type Unwritten = 'not taken' | 'refused' | 'died before its commit';

/** How long after it was typed a command may still be at work. */
const atWorkMaxMs = 20_000;

/** A command that was taken and left nothing was answered with a sentence, or its process or its database went away under it. */
export function whyUnwritten(
  { taken, at, heard }: Step,
  room: ChaosRoom,
  instances: readonly Instance[],
  outages: Happened['outages'],
): Unwritten | undefined {
  if (!taken) return 'not taken';
  if (countHeard(room) > heard) return 'refused';
  const until = at + atWorkMaxMs;
  const died = instances.some(({ slot, killedAt = 0 }) => slot === 'bots' && killedAt >= at && killedAt <= until);
  const wasAway = outages.some(({ from, to }) => from <= until && to >= at);
  return died || wasAway ? 'died before its commit' : undefined;
}
