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
  prepare: async (context, { act: name, words = '' }) => {
    const act = findAct(name);
    if (!act?.prepare) return undefined;
    requireRole(context.actor, act.role);
    return act.prepare(context, words);
  },
  run: async (tx, context, { act: name, words = '' }, prepared) => {
    const act = findAct(name);
    if (act) {
      requireRole(context.actor, act.role);
      return act.run(tx, context, words, prepared);
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

function findAct(typed: string | undefined) {
  return adminActs.find(({ name }) => name === typed);
}
