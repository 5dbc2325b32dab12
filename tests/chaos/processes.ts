import { setTimeout as sleep } from 'node:timers/promises';
import { type EaselProcess, startProcess } from '#tests/start-process.ts';

export const slots = ['worker-1', 'worker-2', 'bots', 'http'] as const;
/** A process's place: who is killed in it gets a successor. */
export type Slot = (typeof slots)[number];

export interface Instance {
  slot: Slot;
  easel: EaselProcess;
  /** Milliseconds since the epoch. */
  startedAt: number;
  killedAt?: number;
  readyAt?: number;
  endedAt?: number;
  /** By whom, or how, it ended where nobody killed it. */
  ending?: string;
}

const restartMs = 500;
const stopMaxMs = 15_000;
const liveMaxMs = 60_000;

/** Keeps one process in each slot, as a supervisor does, and kills them when told to. */
export function createProcesses(envOf: (slot: Slot) => Record<string, string>, folder: string) {
  const instances: Instance[] = [];
  const current = new Map<Slot, Instance>();
  const downMs = new Map<Slot, number>();
  let stopping = false;

  function start(slot: Slot): Instance {
    const easel = startProcess('main', envOf(slot), folder);
    const instance: Instance = { slot, easel, startedAt: Date.now() };
    instances.push(instance);
    current.set(slot, instance);
    easel.ready().then(
      () => {
        instance.readyAt = Date.now();
      },
      () => undefined,
    );
    void easel.ended.then(async ({ code, signal }) => {
      instance.endedAt = Date.now();
      if (instance.killedAt === undefined) instance.ending = `ended with ${code ?? signal}`;
      if (stopping) return;
      current.delete(slot);
      await sleep(instance.killedAt === undefined ? restartMs : (downMs.get(slot) ?? 0));
      if (!stopping) start(slot);
    });
    return instance;
  }

  return {
    instances: instances as readonly Instance[],
    async startAll(): Promise<void> {
      await Promise.all(slots.map((slot) => start(slot).easel.ready()));
    },
    /** Kills whoever is in the slot, or comes next; the successor starts after `afterMs`. False when nobody came. */
    async kill(slot: Slot, afterMs: number): Promise<boolean> {
      const deadline = Date.now() + liveMaxMs;
      while (!current.has(slot) && Date.now() < deadline) await sleep(50);
      const instance = current.get(slot);
      if (!instance) return false;
      downMs.set(slot, afterMs);
      instance.killedAt = Date.now();
      instance.easel.child.kill('SIGKILL');
      await instance.easel.ended;
      return true;
    },
    /** Resolves once somebody is ready in every slot. */
    async allReady(): Promise<void> {
      const deadline = Date.now() + liveMaxMs;
      while (slots.some((slot) => current.get(slot)?.readyAt === undefined)) {
        if (Date.now() > deadline) throw new Error(`not ready: ${slots.filter((slot) => !current.get(slot)?.readyAt)}`);
        await sleep(50);
      }
    },
    /** Asks all to stop; resolves to those who did not end well. */
    async stop(): Promise<string[]> {
      stopping = true;
      const left = [...current.values()];
      for (const { easel } of left) easel.child.kill('SIGTERM');
      const ends = left.map(async ({ slot, easel }) => {
        const end = await Promise.race([easel.ended, sleep(stopMaxMs, undefined, { ref: false })]);
        return end?.code === 0 ? [] : [`${slot} was asked to stop and ${end ? `ended with ${end.code}` : 'did not'}`];
      });
      return (await Promise.all(ends)).flat();
    },
    /** Leaves nothing behind, whatever has happened. */
    async killAll(): Promise<void> {
      stopping = true;
      for (const { easel } of instances) easel.child.kill('SIGKILL');
      await Promise.all(instances.map(({ easel }) => easel.ended));
    },
  };
}

export type Processes = ReturnType<typeof createProcesses>;
