import { askAgain, type Seeds } from '#core/batches/ask-again.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import type { Picture } from '#core/batches/find-finished.ts';
import type { PrivatePlace } from '#core/batches/private-place.ts';
import { takeBatch } from '#core/batches/take-batch.ts';
import type { Answer, CommandContext } from '#core/commands/define.ts';
import type { Tx } from '#db/client.ts';

/**
 * Asks for pictures of a finished batch in a new one, and answers with its card or, where they are many, with a draft. `place` is
 * where a private one goes, as `findPlaceAgain` found it.
 */
export async function makeAgain(
  tx: Tx,
  context: CommandContext,
  from: { batch: Batch; pictures: readonly Picture[] },
  seeds: Seeds,
  place: PrivatePlace | undefined,
): Promise<Answer> {
  if (from.batch.private && !place) throw new Error(`nobody has asked where the private batch ${from.batch.id} goes`);
  return takeBatch(tx, context, { ...askAgain(context.deps, from.batch, from.pictures, seeds), private: place });
}
