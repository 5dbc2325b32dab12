import { askAgain, type Seeds } from '#core/batches/ask-again.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import type { Picture } from '#core/batches/find-finished.ts';
import { layOutCard } from '#core/batches/render-card.ts';
import { requestBatch } from '#core/batches/request-batch.ts';
import type { Answer, CommandContext } from '#core/commands/define.ts';
import type { Tx } from '#db/client.ts';

/** Asks for pictures of a finished batch in a new one, and answers with its card. */
export async function makeAgain(
  tx: Tx,
  context: CommandContext,
  from: { batch: Batch; pictures: readonly Picture[] },
  seeds: Seeds,
): Promise<Answer> {
  const { pictures: origins } = from;
  const plan = askAgain(context.deps, from.batch, origins, seeds);
  const { batch, rows, estimate, postingId, later, jobs } = await requestBatch(tx, context, plan);
  const message = estimate.then((seen) => layOutCard(context.deps, batch, rows, seen, { live: false, origins }));
  return { message, postingId, later, jobs };
}
