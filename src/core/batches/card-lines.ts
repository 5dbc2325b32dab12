import type { Batch } from '#core/batches/find-batch.ts';
import { isThere, type Picture } from '#core/batches/find-finished.ts';
import { numberRuns, typedNumbers } from '#core/batches/number-runs.ts';
import { cardPromptCharsMax, shorten } from '#core/batches/shorten.ts';
import { isWrittenOut, wordsOf } from '#core/batches/words-of.ts';
import type { ImageWarning } from '#core/ports/images.ts';
import { isBlurred, type Showing } from '#core/safety/showing.ts';
import type { Key, Text } from '#src/i18n.ts';

/** Of what the prompts were written out to. */
const writtenShownMax = 3;

/** What the prompts were written out to, the first few; and before, that they will be. */
export function writtenLines(rows: readonly Picture[]): Text[] {
  const written = [...new Set(rows.filter(isWrittenOut).map(wordsOf))];
  const more = written.length - writtenShownMax;
  const isOpen = ({ enhance, enhanced, state }: Picture) =>
    enhance && enhanced === null && (state === 'queued' || state === 'dispatched');
  return [
    ...written
      .slice(0, writtenShownMax)
      .map((words): Text => ({ key: 'card.enhanced', values: { prompt: shorten(words, cardPromptCharsMax) } })),
    ...(more > 0 ? [{ key: 'card.enhancedMore', values: { count: more } } as const] : []),
    ...(rows.some(isOpen) ? [{ key: 'card.enhancing' } as const] : []),
  ];
}

/** Which models took over, and for which. */
export function movedLines(rows: readonly Picture[], key: 'card.moved' | 'gallery.moved'): Text[] {
  const moved = Map.groupBy(
    rows.filter((row) => row.askedModel !== null),
    ({ askedModel, model }) => `${askedModel}\n${model}`,
  );
  return [...moved.values()].flatMap(([first, ...others]) =>
    first
      ? [
          {
            key,
            values: { count: 1 + others.length, asked: first.askedModel ?? '', model: first.model },
          } as const,
        ]
      : [],
  );
}

/** One line a reason: which pictures, why, and that they cost nothing. */
export function failureLines(rows: readonly Picture[]): Text[] {
  const reasons = [...new Set(rows.flatMap((row) => row.failure ?? []))];
  return reasons.map((reason) => {
    const numbers = rows.filter((row) => row.failure === reason).map((row) => row.number);
    return {
      key: 'card.failure',
      values: {
        count: numbers.length,
        numbers: { list: numbers },
        reason: { key: `errors.provider.${reason}` as Key },
      },
    };
  });
}

/** Which are gone, and in how many messages they are `stuck`. */
export function deletedLines(rows: readonly Picture[], stuck = 0): Text[] {
  const deleted = rows.filter(({ deletedAt }) => deletedAt !== null);
  if (deleted.length === 0) return [];
  const numbers = { list: numberRuns(deleted.map(({ number }) => number)) };
  return [
    { key: 'card.deleted', values: { count: deleted.length, numbers } },
    ...(stuck > 0 ? [{ key: 'card.stuck', values: { count: stuck } } as const] : []),
  ];
}

/** Of which a blurred form stands there, and how whoever asked for them sees them as they are. */
export function blurredLines(
  { id }: Pick<Batch, 'id'>,
  rows: readonly Picture[],
  showing: Showing,
  as: 'pictures' | 'files' | 'zip',
): Text[] {
  const numbers = rows.filter((row) => isThere(row) && isBlurred(row, showing, as)).map(({ number }) => number);
  if (numbers.length === 0) return [];
  const line = `/show ${id} ${typedNumbers(numbers)}`;
  return [{ key: 'card.blurred', values: { count: numbers.length, numbers: { list: numberRuns(numbers) }, line } }];
}

/** Which are not shown there at all. */
export function withheldLines(numbers: readonly number[]): Text[] {
  if (numbers.length === 0) return [];
  return [{ key: 'gallery.withheld', values: { count: numbers.length, numbers: { list: numberRuns(numbers) } } }];
}

/** What is otherwise than one might think, once. */
export function warningLines(rows: readonly Pick<Picture, 'warnings'>[]): Text[] {
  const warnings = [...new Set(rows.flatMap((row) => row.warnings))] as ImageWarning[];
  return warnings.map((warning) => ({ key: `warnings.${warning}` }));
}
