import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { type Answer, type CommandContext, defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { giveFile } from '#core/files/give-file.ts';
import type { OutgoingAction } from '#core/ports/message.ts';
import { askErasure, findErasure, takeBackErasure } from '#core/privacy/erasures.ts';
import type { Tx } from '#db/client.ts';

const sureLine = 'privacy delete --sure on';
const keepAction: OutgoingAction = { id: 'privacy keep', label: { key: 'action.keep' }, style: 'secondary' };

export const privacy = defineCommand({
  name: 'privacy',
  role: 'guest',
  options: [
    { name: 'action', kind: 'choice', choices: ['export', 'delete', 'keep'], positional: true },
    { name: 'sure', kind: 'switch' },
  ],
  run: async (tx, context, { action, sure = false }) => {
    switch (action) {
      case 'export':
        return giveExport(tx, context);
      case 'delete':
        return sure ? askToDelete(tx, context) : ask(context);
      case 'keep':
        return keep(tx, context);
      default:
        return tell(tx, context);
    }
  },
});

async function tell(tx: Tx, context: CommandContext): Promise<Answer> {
  const erasure = await findErasure(tx, context.actor);
  return privateAnswer(context, {
    title: { key: 'commands.privacy.title' },
    lines: [
      { key: 'commands.privacy.kept' },
      { key: 'commands.privacy.export' },
      erasure
        ? { key: 'commands.privacy.due', values: { at: sayTime(erasure.dueAt) } }
        : { key: 'commands.privacy.delete' },
    ],
    actions: erasure ? [keepAction] : [],
  });
}

async function giveExport(tx: Tx, context: CommandContext): Promise<Answer> {
  const file = { kind: 'person', subjectId: context.actor.personId, name: 'easel-export.zip' } as const;
  const { answer } = await giveFile(tx, context, file, { key: 'commands.privacy.exported' });
  return answer;
}

/** Nothing of it is kept: what is confirmed is looked at anew. */
function ask(context: CommandContext): Answer {
  return privateAnswer(context, {
    title: { key: 'commands.privacy.ask' },
    lines: [
      { key: 'commands.privacy.goes' },
      { key: 'commands.privacy.stays' },
      { key: 'commands.privacy.confirm', values: { line: `/${sureLine}` } },
    ],
    tone: 'warning',
    actions: [{ id: sureLine, label: { key: 'action.deleteAll' }, style: 'danger' }],
  });
}

async function askToDelete(tx: Tx, context: CommandContext): Promise<Answer> {
  const { dueAt } = await askErasure(tx, context.deps, context.actor);
  await recordAct(tx, context, { act: 'privacy.delete', after: { dueAt } });
  return privateAnswer(context, {
    lines: [{ key: 'commands.privacy.due', values: { at: sayTime(dueAt) } }],
    tone: 'success',
    actions: [keepAction],
  });
}

async function keep(tx: Tx, context: CommandContext): Promise<Answer> {
  const isKept = await takeBackErasure(tx, context.deps, context.actor);
  if (!isKept) throw new UserError('privacy.nothingToKeep');
  await recordAct(tx, context, { act: 'privacy.keep' });
  return privateAnswer(context, { lines: [{ key: 'commands.privacy.keptAll' }], tone: 'success' });
}

const sayTime = (at: Date) => ({ at: at.toISOString(), style: 'datetime' }) as const;
