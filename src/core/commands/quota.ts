import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { findReturned } from '#core/quotas/find-returned.ts';
import { findGrants } from '#core/quotas/grants.ts';
import { findLimits, leftInAll } from '#core/quotas/limits.ts';
import { grantFields, limitFields } from '#core/quotas/render-limits.ts';

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
    const granted = await findGrants(tx, context);
    const left = leftInAll(
      limits,
      granted.reduce((sum, grant) => sum + grant.left, 0),
    );
    return privateAnswer(context, {
      title: { key: 'commands.quota.title', values: { left } },
      lines: [
        {
          key: 'commands.quota.zone',
          values: { timeZone: settings.timeZone },
        },
      ],
      fields: [
        { label: { key: 'commands.quota.role' }, value: { key: `roles.${actor.role}` } },
        { label: { key: 'commands.quota.spent' }, value: number(today.used + today.granted - today.held) },
        { label: { key: 'commands.quota.held' }, value: number(today.held) },
        ...(returned > 0 ? [{ label: { key: 'commands.quota.returned' } as const, value: number(returned) }] : []),
        ...limitFields(limits),
        ...grantFields(granted, settings.timeZone),
      ],
    });
  },
});
