import { type AskedImage, askImages } from '#core/batches/ask-images.ts';
import type { Ruled } from '#core/batches/require-allowed.ts';
import { UserError, type UserErrorCode } from '#core/errors.ts';
import { type Preset, withPresets } from '#core/presets/presets.ts';
import type { PromptRow } from '#core/prompts/read-file.ts';
import type { RowError } from '#core/prompts/row-error.ts';

/** The column that a refusal is about, where it is about one. */
const columns = new Map<UserErrorCode, string>([
  ['prompt.tooLong', 'prompt'],
  ['policy.model', 'model'],
  ['policy.noModel', 'model'],
  ['policy.style', 'style'],
  ['preset.unknown', 'preset'],
  ['preset.none', 'preset'],
  ['enhance.unavailable', 'enhance'],
]);

/**
 * The pictures that the rows of a file ask for, in order, with their prompts, and the rows that cannot be made here: what
 * is wrong in one shows only where presets and models are known.
 */
export function askRows(
  context: Ruled,
  rows: readonly PromptRow[],
  presets: readonly Preset[],
): { prompts: string[]; images: AskedImage[]; errors: RowError[] } {
  const prompts = new Set<string>();
  const images: AskedImage[] = [];
  const errors: RowError[] = [];
  for (const { row, lines, name, labels = {} } of rows) {
    try {
      const asked = withPresets(
        presets,
        lines.map((line) => (name === undefined ? line : { ...line, name })),
      );
      images.push(...askImages(context, asked, []));
      for (const { text } of asked) prompts.add(text);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const column = labels[columns.get(error.code) ?? ''];
      errors.push({ row, ...(column === undefined ? {} : { column }), error });
    }
  }
  return { prompts: [...prompts], images, errors };
}
