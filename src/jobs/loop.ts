import type { Logger } from '#src/logger.ts';

export interface Loop {
  /** Runs again at once, or right after the run under way. */
  wake(): void;
  /** Resolves when the run under way has ended; no other follows. */
  stop(): Promise<void>;
}

const afterErrorMs = 1_000;

/** Runs `step` again and again; it resolves to how many milliseconds to rest. A failure is logged, and rests a second. */
export function startLoop(name: string, log: Logger, step: () => Promise<number>): Loop {
  let stopped = false;
  let woken = false;
  let endRest: (() => void) | undefined;

  const running = (async () => {
    while (!stopped) {
      woken = false;
      const restMs = await step().catch((error) => {
        if (!stopped) log.error({ err: error, loop: name }, 'a step failed');
        return afterErrorMs;
      });
      if (stopped || woken || restMs <= 0) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs);
        endRest = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      endRest = undefined;
    }
  })();

  return {
    wake() {
      woken = true;
      endRest?.();
    },
    async stop() {
      stopped = true;
      endRest?.();
      await running;
    },
  };
}
