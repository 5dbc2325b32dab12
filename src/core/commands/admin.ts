import { hasRole, requireRole } from '#core/actor.ts';
import { adminActs } from '#core/admin/acts.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';

export const admin = defineCommand({
  name: 'admin',
  role: 'admin',
  options: [
    { name: 'act', kind: 'choice', choices: adminActs.map(({ name }) => name), positional: true },
    { name: 'words', kind: 'line', positional: true },
  ],
  run: async (tx, context, { act: name, words = '' }) => {
    const act = adminActs.find((one) => one.name === name);
    if (act) {
      requireRole(context.actor, act.role);
      return act.run(tx, context, words);
    }
    return privateAnswer(context, {
      title: { key: 'commands.admin.title' },
      fields: adminActs
        .filter(({ role }) => hasRole(context.actor, role))
        .map((one) => ({
          label: { verbatim: ['/admin', one.name, one.usage].filter(Boolean).join(' ') },
          value: { key: one.description },
        })),
    });
  },
});
