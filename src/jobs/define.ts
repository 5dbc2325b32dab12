import type { z } from 'zod';
import type { Deps } from '#core/deps.ts';
import type { JobName, Jobs } from '#core/ports/queue.ts';

export interface JobDefinition<N extends JobName> {
  name: N;
  /** What came from the queue is checked again: another version may have put it there. */
  schema: z.ZodType<Jobs[N]>;
  /** `signal` is aborted when the process stops. */
  run(deps: Deps, data: Jobs[N], signal: AbortSignal): Promise<void>;
}

/** Declares a job: what it carries and the one verb it calls. */
export function defineJob<N extends JobName>(definition: JobDefinition<N>): JobDefinition<N> {
  return definition;
}
