import type { AdminAct } from '#core/admin/act.ts';
import { listActs } from '#core/audit/list-acts.ts';
import { privateAnswer } from '#core/commands/answer.ts';

const shownMax = 10;

export const audit: AdminAct = {
  name: 'audit',
  description: 'commands.admin.acts.audit.description',
  role: 'admin',
  usage: '',
  run: async (tx, context) => {
    const acts = await listActs(tx, context.actor.workspaceId, shownMax);
    return privateAnswer(context, {
      title: { key: 'commands.admin.acts.audit.title' },
      lines: acts.length === 0 ? [{ key: 'commands.admin.acts.audit.none' }] : [],
      fields: acts.map(({ n, at, act, subject }) => ({
        label: {
          key: 'commands.admin.acts.audit.entry',
          values: { n, at: { at: at.toISOString(), style: 'datetime' } },
        },
        value: { verbatim: subject === null ? act : `${act} ${subject}` },
      })),
    });
  },
};
