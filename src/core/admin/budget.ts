import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { type Budget, findBudget, setBudget } from '#core/quotas/budget.ts';
import { quotaResetsAt } from '#core/quotas/period.ts';
import type { Tx } from '#db/client.ts';

const unit = 1_000_000;
const amountMax = 1_000_000_000;
const rateMax = 100_000;

export const budget: AdminAct = {
  name: 'budget',
  description: 'commands.admin.acts.budget.description',
  role: 'admin',
  usage: '[amount currency a month [at rate]|off]',
  run: async (tx, context, rest) => {
    if (rest === '') return showBudget(tx, context, false);
    const before = await findBudget(tx, context);
    const next = /^(off|default)$/i.test(rest) ? undefined : readBudget(context, rest);
    await setBudget(tx, context, next);
    const answer = await showBudget(tx, context, true);
    const { workspaceId } = context.actor;
    await recordAct(tx, context, {
      act: 'budget.set',
      subject: `workspace:${workspaceId}`,
      before: { budget: codes(before) },
      after: { budget: codes(next) },
    });
    return answer;
  },
};

const codes = (budget: Budget | undefined) =>
  budget ? { currency: budget.currency, micros: budget.amountMicros, rates: budget.rates } : null;

/**
 * `100 usd a month`, `3000 twd a month at 31.5`: how much of the budget's currency one unit of the prices' is.
 * @throws {UserError} `budget.*`
 */
function readBudget({ deps }: CommandContext, text: string): Budget {
  const amount = String.raw`(\d{1,10}(?:\.\d{1,6})?)`;
  const pattern = new RegExp(
    String.raw`^${amount}\s*(\p{L}{3})(?:\s*(?:a|per|each|/)?\s*month)?(?:\s+at\s+${amount})?$`,
    'iu',
  );
  const match = pattern.exec(text);
  if (!match || Number(match[1]) > amountMax) throw new UserError('budget.text', { text, max: amountMax });
  const currency = (match[2] ?? '').toUpperCase();
  if (!Intl.supportedValuesOf('currency').includes(currency)) throw new UserError('budget.currency', { currency });
  const prices = new Set(deps.providers.flatMap(({ models }) => models.map((model) => model.currency)));
  const foreign = [...prices].filter((price) => price !== currency);
  const [price] = foreign;
  if (price !== undefined && foreign.length > 1) throw new UserError('budget.prices', { currencies: foreign });
  const rate = match[3] === undefined ? undefined : Number(match[3]);
  const isRate = rate !== undefined && rate > 0 && rate <= rateMax;
  if (price !== undefined && !isRate) throw new UserError('budget.rate', { currency, price, max: rateMax });
  if (price === undefined && rate !== undefined) throw new UserError('budget.noRate', { currency });
  const rates = price === undefined ? {} : { [price]: Math.round((rate ?? 1) * unit) };
  return { currency, amountMicros: Math.round(Number(match[1]) * unit), rates };
}

async function showBudget(tx: Tx, context: CommandContext, saved: boolean) {
  const { deps, settings } = context;
  const found = await findBudget(tx, context);
  const tone = saved ? 'success' : 'info';
  if (!found) return privateAnswer(context, { lines: [{ key: 'budget.none' }], tone });
  const { currency, amountMicros, usedMicros, rates } = found;
  const money = (micros: number) => ({ micros, currency });
  const resetsAt = quotaResetsAt(deps.now(), settings.timeZone, 'month').toISOString();
  return privateAnswer(context, {
    tone,
    title: { key: 'budget.title', values: { amount: money(amountMicros) } },
    lines: [
      { key: 'budget.resets', values: { resetsAt: { at: resetsAt, style: 'datetime' } } },
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
