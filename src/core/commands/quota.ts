import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { findQuota } from '#core/quotas/find-quota.ts';
import { quotaPeriod, quotaResetsAt } from '#core/quotas/period.ts';

export const quota = defineCommand({
  name: 'quota',
  role: 'guest',
  options: [],
  repeatable: true,
  run: async (tx, context) => {
    const { actor, settings, deps } = context;
    const now = deps.now();
    const { held, spent } = await findQuota(tx, actor, quotaPeriod(now, settings.timeZone));
    const limit = settings.credits[actor.role];
    const left = Math.max(0, limit - held - spent);
    return privateAnswer(context, {
      title: { key: 'commands.quota.title', values: { left, limit } },
      lines: [
        {
          key: 'commands.quota.resets',
          values: {
            resetsAt: { at: quotaResetsAt(now, settings.timeZone).toISOString(), style: 'datetime' },
            timeZone: settings.timeZone,
          },
        },
      ],
      fields: [
        { label: { key: 'commands.quota.role' }, value: { key: `roles.${actor.role}` } },
        { label: { key: 'commands.quota.spent' }, value: { key: 'number', values: { value: spent } } },
        { label: { key: 'commands.quota.held' }, value: { key: 'number', values: { value: held } } },
      ],
    });
  },
});
