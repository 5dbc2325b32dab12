import { and, eq, isNotNull, ne } from 'drizzle-orm';
import type { Draft } from '#core/batches/drafts.ts';
import type { BatchPlan } from '#core/batches/request-batch.ts';
import type { Tx } from '#db/client.ts';
import { batches, images } from '#db/schema/index.ts';

/** What a draft is to make, with the words that its samples were made from: the rest is to come out as they did. */
export async function withSampledWords(tx: Tx, { id, plan }: Draft): Promise<BatchPlan> {
  if (!plan.images.some(isOpen)) return plan;
  const { prompt, negative, model, enhanced } = images;
  const sampled = await tx
    .selectDistinct({ prompt, negative, model, enhanced })
    .from(images)
    .innerJoin(batches, eq(batches.id, images.batchId))
    .where(and(eq(batches.draftId, id), isNotNull(enhanced), ne(enhanced, prompt)));
  const wordsFor = (image: BatchPlan['images'][number]) =>
    sampled.find((one) => one.prompt === image.prompt && one.negative === image.negative && one.model === image.model)
      ?.enhanced ?? null;
  return {
    ...plan,
    images: plan.images.map((image) => (isOpen(image) ? { ...image, enhanced: wordsFor(image) } : image)),
  };
}

const isOpen = ({ enhance, enhanced }: BatchPlan['images'][number]): boolean => enhance && enhanced === null;
