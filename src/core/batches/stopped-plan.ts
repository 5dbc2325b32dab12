import type { Draft } from '#core/batches/drafts.ts';
import type { Picture } from '#core/batches/find-finished.ts';
import type { BatchPlan } from '#core/batches/request-batch.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import { UserError } from '#core/errors.ts';
import { findBlockedWords } from '#core/safety/blocked-words.ts';

/** A batch that is refused for something that managers may let pass: its person's own limits, or a word. */
export class StoppedPlanError extends UserError {
  readonly plan: BatchPlan;

  constructor({ code, values }: UserError, plan: BatchPlan) {
    super(code, values as never);
    this.plan = plan;
  }
}

/** Whether our own checks blocked a picture, which managers may overrule, unlike its provider. */
export function isOursToPass({ state, failure }: Pick<Picture, 'state' | 'failure'>): boolean {
  return state === 'blocked' && failure !== 'content_blocked';
}

/** What our own checks have against a draft. */
export interface Stopped {
  /** Which of its pictures, from 0. */
  positions: number[];
  /** Their prompts, and what those were written out to; each once. */
  texts: string[];
  /** The words in those that may not be in a prompt. */
  words: string[];
}

/** Which pictures of a draft our own checks stop here: all that were blocked before, and those with one of the words. */
export function findStopped({ plan }: Pick<Draft, 'plan'>, blockedWords: readonly string[]): Stopped {
  const textsOf = (image: BatchPlan['images'][number]) => [image.prompt, wordsOf(image)];
  const found = new Map(
    [...new Set(plan.images.flatMap(textsOf))].map((text) => [text, findBlockedWords(text, blockedWords)] as const),
  );
  const isStopped = (image: BatchPlan['images'][number]) =>
    plan.appeal !== undefined || textsOf(image).some((text) => (found.get(text) ?? []).length > 0);
  const stopped = plan.images.filter(isStopped);
  const texts = [...new Set(stopped.flatMap(textsOf))];
  return {
    positions: plan.images.flatMap((image, position) => (isStopped(image) ? [position] : [])),
    texts,
    words: [...new Set(texts.flatMap((text) => found.get(text) ?? []))],
  };
}
