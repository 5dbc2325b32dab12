import type { Batch } from '#core/batches/find-batch.ts';
import { typedNumbers } from '#core/batches/number-runs.ts';
import type { ImageRow } from '#core/batches/render-card.ts';
import { shorten } from '#core/batches/shorten.ts';
import {
  actionIdBytesMax,
  type OutgoingAction,
  type OutgoingChoice,
  type OutgoingChoices,
} from '#core/ports/message.ts';

/** As much as a menu shows. */
const choicePromptCharsMax = 60;

/** Posts the very files, of all pictures or of some; nothing where that is too long for a button. */
export function originals({ id }: Batch, numbers: readonly number[] | null): OutgoingAction[] {
  const line = ['show', id, ...(numbers ? [typedNumbers(numbers)] : []), '--as files'].join(' ');
  if (Buffer.byteLength(line) > actionIdBytesMax) return [];
  return [{ id: line, label: { key: 'action.originals' }, style: 'secondary' }];
}

const pictureLine = ({ id }: Batch, { number }: ImageRow) => `picture ${id} ${number}`;

/** Opens what can be done with a picture. */
export function workWith(batch: Batch, row: ImageRow): OutgoingAction {
  return { id: pictureLine(batch, row), label: { key: 'gallery.work' }, style: 'secondary' };
}

/** The same for each of several. */
export function choicesOf(batch: Batch, rows: readonly ImageRow[]): OutgoingChoices {
  return {
    label: { key: 'gallery.choose' },
    options: rows.map((row) => choiceOf(pictureLine(batch, row), row.number, row.prompt)),
  };
}

/** One of several that are known by their numbers and prompts. */
export function choiceOf(id: string, number: number, prompt: string): OutgoingChoice {
  const values = { position: number, prompt: shorten(prompt, choicePromptCharsMax) };
  return { id, label: { key: 'gallery.choice', values }, number };
}
