import { askManagers, takeBack } from '#core/batches/ask-approval.ts';
import { changeDraft, deleteDraft, findDraft } from '#core/batches/drafts.ts';
import { numberRuns } from '#core/batches/number-runs.ts';
import { entriesOf, renderDraft } from '#core/batches/render-draft.ts';
import { withSampledWords } from '#core/batches/sampled-words.ts';
import { startBatch } from '#core/batches/take-batch.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

export const draft = defineCommand({
  name: 'draft',
  role: 'guest',
  options: [
    { name: 'draft', kind: 'draft', positional: true, required: true },
    { name: 'do', kind: 'choice', choices: ['page', 'run', 'sample', 'drop', 'ask', 'discard'], positional: true },
    { name: 'numbers', kind: 'numbers', positional: true },
  ],
  audience: 'channel',
  run: async (tx, context, { draft: typed, do: action = 'page', numbers = [] }) => {
    if (typed === undefined) throw new UserError('draft.unnamed');
    const found = await findDraft(tx, context, typed);
    switch (action) {
      case 'page':
        return renderDraft(tx, context, found, numbers[0] ?? 1);
      case 'run':
        await deleteDraft(tx, context, found);
        return startBatch(tx, context, await withSampledWords(tx, found));
      case 'sample': {
        const [first, ...rest] = (await withSampledWords(tx, found)).images;
        if (!first || rest.length === 0) throw new UserError('draft.one', { draft: found.id });
        await changeDraft(tx, context, found, rest);
        await takeBack(tx, context, found);
        return startBatch(tx, context, {
          ...found.plan,
          prompt: first.prompt,
          line: null,
          images: [first],
          draftId: found.id,
        });
      }
      case 'drop': {
        const changed = await changeDraft(tx, context, found, dropEntries(found, numbers));
        const tookBack = await takeBack(tx, context, found);
        const { message } = await renderDraft(tx, context, changed, 1);
        const line = { key: 'approval.takenBack' } as const;
        return { message: tookBack ? { ...message, lines: [...message.lines, line] } : message };
      }
      case 'ask':
        return askManagers(tx, context, found);
      case 'discard':
        await deleteDraft(tx, context, found);
        return privateAnswer(context, {
          lines: [{ key: 'draft.discarded', values: { draft: found.id } }],
          tone: 'success',
        });
    }
  },
});

/** @throws {UserError} `draft.whichDropped`, `draft.noSuchEntry`, `draft.allDropped` */
function dropEntries(found: Awaited<ReturnType<typeof findDraft>>, numbers: readonly number[]) {
  const entries = entriesOf(found);
  if (numbers.length === 0) throw new UserError('draft.whichDropped', { draft: found.id });
  const lacking = numbers.filter((number) => number > entries.length);
  if (lacking.length > 0)
    throw new UserError('draft.noSuchEntry', { numbers: numberRuns(lacking), count: entries.length });
  const kept = entries.flatMap(({ count }, index) => Array.from({ length: count }, () => !numbers.includes(index + 1)));
  const left = found.plan.images.filter((_, index) => kept[index]);
  if (left.length === 0) throw new UserError('draft.allDropped', { draft: found.id });
  return left;
}
