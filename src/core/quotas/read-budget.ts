import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

/** Money that a month's pictures may cost. */
export interface Budget {
  /** ISO 4217. */
  currency: string;
  /** In millionths. */
  amountMicros: number;
  /** What one unit of a currency of prices is, in millionths of the budget's; its own is left out. */
  rates: Record<string, number>;
}

/** Millionths of a currency. */
export const unit = 1_000_000;
const amountMax = 1_000_000_000;
const rateMax = 100_000;

/** What takes a budget away. */
export const isOff = (text: string): boolean => /^(off|default)$/i.test(text);

/** A budget as the log of changes has it. */
export const budgetCodes = (budget: Budget | null | undefined) =>
  budget ? { currency: budget.currency, micros: budget.amountMicros, rates: budget.rates } : null;

/**
 * `100 usd a month`, `3000 twd a month at 31.5`: how much of the budget's currency one unit of the prices' is.
 * @throws {UserError} `budget.*`
 */
export function readBudget({ deps }: Pick<CommandContext, 'deps'>, text: string): Budget {
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
