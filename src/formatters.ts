import { LRUCache } from 'lru-cache';

/** Languages are few, time zones are what people set: more than this is not in use at once. */
const keptMax = 500;
const kept = new LRUCache<string, object>({ max: keptMax });

/** Making a formatter takes longer than all that it will ever format. */
function keep<T extends object>(key: string, make: () => T): T {
  const known = kept.get(key) as T | undefined;
  if (known) return known;
  const made = make();
  kept.set(key, made);
  return made;
}

export function numberFormat(locale: string): Intl.NumberFormat {
  return keep(`number ${locale}`, () => new Intl.NumberFormat(locale));
}

/** An amount as written where the currency is one of several. */
export function moneyFormat(locale: string, currency: string): Intl.NumberFormat {
  return keep(`money ${locale} ${currency}`, () => new Intl.NumberFormat(locale, { style: 'currency', currency }));
}

/** A time of day, with `datetime` its day as well. */
export function timeFormat(locale: string, timeZone: string, style: 'time' | 'datetime'): Intl.DateTimeFormat {
  const date = style === 'datetime' ? { dateStyle: 'medium' as const } : {};
  return keep(
    `${style} ${locale} ${timeZone}`,
    () => new Intl.DateTimeFormat(locale, { ...date, timeStyle: 'short', timeZone }),
  );
}

export function durationFormat(locale: string): Intl.DurationFormat {
  return keep(`duration ${locale}`, () => new Intl.DurationFormat(locale, { style: 'long' }));
}
