import { askRows } from '#core/batches/ask-rows.ts';
import { placeIfPrivate } from '#core/batches/private-place.ts';
import { readAttached } from '#core/batches/read-attached.ts';
import { takeBatch } from '#core/batches/take-batch.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { type CommandContext, defineCommand } from '#core/commands/define.ts';
import { imagine } from '#core/commands/imagine.ts';
import { flagValues } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import { inTurns } from '#core/in-turns.ts';
import { listNeeded } from '#core/presets/presets.ts';
import { type PromptFile, promptFileBytesMax, readPromptFile } from '#core/prompts/read-file.ts';
import { sayRowError } from '#core/prompts/row-error.ts';
import type { Text } from '#src/i18n.ts';

/** More of them would not fit in a message. */
const notesMax = 10;

export const batch = defineCommand({
  name: 'batch',
  role: 'guest',
  options: [
    { name: 'draft', kind: 'switch' },
    { name: 'private', kind: 'switch' },
  ],
  audience: 'channel',
  filesMax: 1,
  filesAre: 'prompts',
  prepare: async (context, options) => ({
    file: await readFile(context),
    place: await placeIfPrivate(context, [options.private]),
  }),
  run: async (tx, context, options, { file, place }) => {
    const presets = await listNeeded(
      tx,
      context.actor,
      file.rows.flatMap(({ lines }) => lines),
    );
    const { prompts, images, errors: later } = askRows(context, file.rows, presets);
    const errors = sayErrors([...file.errors, ...later].toSorted((one, other) => one.row - other.row));
    if (images.length === 0) {
      return privateAnswer(context, { lines: [...errors, { key: 'draft.noRows' }], tone: 'error' });
    }
    const notes: Text[] = errors.length > 0 ? [...errors, { key: 'draft.fixOrRun' }] : [];
    const plan = { prompt: prompts.join('\n'), line: null, images, inputs: [], private: place };
    return takeBatch(tx, context, plan, { draft: options.draft ?? true, notes });
  },
});

async function readFile(context: CommandContext) {
  const [file] = context.call.files;
  if (!file) throw new UserError('file.none');
  // These are the whole file's.
  const options = imagine.options.filter(({ name }) => name !== 'draft' && name !== 'private');
  const bytes = await readAttached(context, file, promptFileBytesMax);
  const values = flagValues({ options }, context.vocabulary);
  return inTurns(readPromptFile({ name: file.name, type: file.type, bytes }, values));
}

/** The rows that cannot be made, as far as there is room. */
function sayErrors(errors: PromptFile['errors']): Text[] {
  const more = errors.length - notesMax;
  return [
    ...errors.slice(0, notesMax).map(sayRowError),
    ...(more > 0 ? [{ key: 'draft.moreErrors', values: { count: more } } as const] : []),
  ];
}
