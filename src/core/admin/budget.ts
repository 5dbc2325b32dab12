import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { findBudget, setBudget } from '#core/quotas/budget.ts';
import { findCapUse } from '#core/quotas/operator-caps.ts';
import { quotaPeriod, quotaResetsAt } from '#core/quotas/period.ts';
import { budgetCodes, isOff, readBudget, unit } from '#core/quotas/read-budget.ts';
import type { Tx } from '#db/client.ts';
import type { Text } from '#src/i18n.ts';

export const budget: AdminAct = {
  name: 'budget',
  description: 'commands.admin.acts.budget.description',
  role: 'admin',
  usage: '[amount currency a month [at rate]|off]',
  run: async (tx, context, rest) => {
    if (rest === '') return showBudget(tx, context, false);
    const before = await findBudget(tx, context);
    const next = isOff(rest) ? undefined : readBudget(context, rest);
    await setBudget(tx, context, next);
    const answer = await showBudget(tx, context, true);
    const { workspaceId } = context.actor;
    await recordAct(tx, context, {
      act: 'budget.set',
      subject: `workspace:${workspaceId}`,
      before: { budget: budgetCodes(before) },
      after: { budget: budgetCodes(next) },
    });
    return answer;
  },
};

/** What an operator lets the month cost, whatever the budget is. */
async function capLines(tx: Tx, { actor, deps, settings }: CommandContext): Promise<Text[]> {
  const cap = settings.caps.moneyMonth;
  if (cap === null) return [];
  const used = await findCapUse(tx, actor.workspaceId, cap, quotaPeriod(deps.now(), settings.timeZone, 'month'));
  const money = (micros: number) => ({ micros, currency: cap.currency });
  return [{ key: 'budget.ofOperator', values: { amount: money(cap.amountMicros), used: money(used) } }];
}

async function showBudget(tx: Tx, context: CommandContext, saved: boolean) {
  const { deps, settings } = context;
  const found = await findBudget(tx, context);
  const tone = saved ? 'success' : 'info';
  const ofOperator = await capLines(tx, context);
  if (!found) return privateAnswer(context, { lines: [{ key: 'budget.none' }, ...ofOperator], tone });
  const { currency, amountMicros, usedMicros, rates } = found;
  const money = (micros: number) => ({ micros, currency });
  const resetsAt = quotaResetsAt(deps.now(), settings.timeZone, 'month').toISOString();
  return privateAnswer(context, {
    tone,
    title: { key: 'budget.title', values: { amount: money(amountMicros) } },
    lines: [
      { key: 'budget.resets', values: { resetsAt: { at: resetsAt, style: 'datetime' } } },
      ...ofOperator,
      ...Object.entries(rates).map(
        ([price, rate]) =>
          ({ key: 'budget.rateIs', values: { one: { micros: unit, currency: price }, rate: money(rate) } }) as const,
      ),
    ],
    fields: [
      { label: { key: 'budget.used' }, value: { key: 'budget.money', values: { money: money(usedMicros) } } },
      {
        label: { key: 'budget.left' },
        value: { key: 'budget.money', values: { money: money(Math.max(0, amountMicros - usedMicros)) } },
      },
    ],
  });
}
