import type { AdminAct } from '#core/admin/act.ts';
import { type ListedAct, listActs } from '#core/audit/list-acts.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { Answer, CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { giveFile } from '#core/files/give-file.ts';
import type { Tx } from '#db/client.ts';
import type { Text } from '#src/i18n.ts';

const shownMax = 10;
/** What no entry's number reaches. */
const numberMax = 2_147_483_647;

export const audit: AdminAct = {
  name: 'audit',
  description: 'commands.admin.acts.audit.description',
  role: 'admin',
  usage: '[number|export]',
  run: async (tx, context, rest) => {
    const typed = rest.trim().toLowerCase();
    if (typed === 'export') return exportLog(tx, context);
    if (!/^\d{0,9}$/.test(typed)) throw new UserError('audit.what', { value: rest });
    const from = typed === '' ? numberMax : Number(typed);
    const acts = await listActs(tx, context.actor.workspaceId, { from, max: shownMax + 1 });
    const shown = acts.slice(0, shownMax);
    const next = acts[shownMax];
    return privateAnswer(context, {
      title: { key: 'commands.admin.acts.audit.title' },
      lines: shown.length === 0 ? [{ key: 'commands.admin.acts.audit.none' }] : [],
      fields: shown.map((act) => ({
        label: {
          key: 'commands.admin.acts.audit.entry',
          values: { n: act.n, at: { at: act.at.toISOString(), style: 'datetime' } },
        },
        value: sayAct(act),
      })),
      actions: [
        ...(next ? [{ id: `admin audit ${next.n}`, label: { key: 'action.older' }, style: 'secondary' } as const] : []),
      ],
    });
  },
};

function sayAct({ person, act, subject, subjectName, before, after, text }: ListedAct): Text {
  const whom = subjectName ?? subject;
  const what = [act, whom, printChanged(before, after), text === null ? null : `“${text}”`];
  const said = what.filter(Boolean).join(' · ');
  if (person === null) return { verbatim: said };
  return { key: 'commands.admin.acts.audit.by', values: { who: person, what: said } };
}

/** Such as `credits-guest: 7 → 9`. */
function printChanged(before: ListedAct['before'], after: ListedAct['after']): string {
  const print = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
    .map((name) => {
      const [was, is] = [before?.[name], after?.[name]];
      return `${name}: ${was === undefined ? print(is) : `${print(was)} → ${print(is ?? null)}`}`;
    })
    .join(', ');
}

async function exportLog(tx: Tx, context: CommandContext): Promise<Answer> {
  const file = { kind: 'audit', subjectId: context.actor.workspaceId, name: 'easel-audit.csv' } as const;
  const { answer, expiresAt } = await giveFile(tx, context, file, { key: 'commands.admin.acts.audit.exported' });
  await recordAct(tx, context, { act: 'audit.export', ...(expiresAt ? { after: { expiresAt } } : {}) });
  return answer;
}
