import { z } from 'zod';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { defineJob } from '#jobs/define.ts';

export const dispatchNextJob = defineJob({
  name: 'dispatch-next',
  schema: z.object({ providerId: z.string(), requestId: z.string() }),
  run: (deps, { providerId }) => dispatchNext(deps, providerId),
});
