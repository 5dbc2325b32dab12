import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { findReturned } from '#core/quotas/find-returned.ts';
import { findLimits, leftOf, tightest } from '#core/quotas/limits.ts';
import { limitFields } from '#core/quotas/render-limits.ts';

export const quota = defineCommand({
  name: 'quota',
  role: 'guest',
  options: [],
  repeatable: true,
  run: async (tx, context) => {
    const { actor, settings } = context;
    const limits = await findLimits(tx, context);
    const [today] = limits;
    if (!today) throw new Error('nobody is without a day');
    const returned = await findReturned(tx, context);
    const number = (value: number) => ({ key: 'number', values: { value } }) as const;
    const values = { left: leftOf(tightest(limits)) };
    return privateAnswer(context, {
      title: { key: 'commands.quota.title', values },
      lines: [
        {
          key: 'commands.quota.zone',
          values: { timeZone: settings.timeZone },
        },
      ],
      fields: [
        { label: { key: 'commands.quota.role' }, value: { key: `roles.${actor.role}` } },
        { label: { key: 'commands.quota.spent' }, value: number(today.used - today.held) },
        { label: { key: 'commands.quota.held' }, value: number(today.held) },
        ...(returned > 0 ? [{ label: { key: 'commands.quota.returned' } as const, value: number(returned) }] : []),
        ...limitFields(limits),
      ],
    });
  },
});
