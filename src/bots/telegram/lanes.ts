import { settledWithin } from '#bots/settled-within.ts';

/** Runs tasks of one lane one after the other, and lanes side by side. */
export interface Lanes {
  /** Settles as the task does. The next one of the lane starts then, or once it has waited `waitMaxMs` for it. */
  run<T>(lane: string, task: () => Promise<T>): Promise<T>;
}

export function createLanes(waitMaxMs: number): Lanes {
  const tails = new Map<string, Promise<void>>();
  return {
    run(lane, task) {
      const before = tails.get(lane);
      const running = before ? before.then(task) : task();
      const tail = settledWithin(running, waitMaxMs).then(() => {
        if (tails.get(lane) === tail) tails.delete(lane);
      });
      tails.set(lane, tail);
      return running;
    },
  };
}
