import { UserError } from '#core/errors.ts';

export const grantDaysMax = 366;
const dayMs = 86_400_000;

/**
 * The last day, `YYYY-MM-DD`, of `until 2026-12-31`, `until friday`, `until tomorrow`, `for 3 days` or `for 2 weeks`, where
 * today counts. Names of days are those of the languages that Easel speaks; a weekday is the next of its name, or today.
 * @throws {UserError} `grant.until`, `grant.range`
 */
export function readUntil(text: string, today: string, locales: readonly string[]): string {
  const start = Date.parse(`${today}T00:00:00Z`);
  const day = (after: number) => new Date(start + after * dayMs).toISOString().slice(0, 10);
  const length = /^for\s+(\d{1,4})\s*(days?|weeks?)$/i.exec(text);
  const until = /^until\s+(.+)$/iu.exec(text)?.[1]?.toLowerCase();
  const names = daysAhead(start, locales);
  const after = length
    ? Number(length[1]) * (/^w/i.test(length[2] ?? '') ? 7 : 1) - 1
    : until === undefined
      ? undefined
      : (names.get(until) ?? daysUntil(until, start));
  if (after === undefined) throw new UserError('grant.until', { text, words: wordsOf(start, locales[0] ?? 'en') });
  if (after < 0 || after > grantDaysMax) throw new UserError('grant.range', { day: until ?? text, max: grantDaysMax });
  return day(after);
}

function daysUntil(date: string, start: number): number | undefined {
  const at = Date.parse(`${date}T00:00:00Z`);
  const isDate = /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
  return isDate ? (at - start) / dayMs : undefined;
}

/** How many days ahead each name of a day is. */
function daysAhead(start: number, locales: readonly string[]): Map<string, number> {
  return new Map(
    locales.flatMap((locale) => [
      ...[0, 1].map((after) => [relative(locale, after), after] as const),
      ...[6, 5, 4, 3, 2, 1, 0].flatMap((after) =>
        (['long', 'short'] as const).map((style) => [weekday(locale, style, start + after * dayMs), after] as const),
      ),
    ]),
  );
}

/** One name each, as an error says them. */
function wordsOf(start: number, locale: string): string[] {
  const monday = start + ((8 - new Date(start).getUTCDay()) % 7) * dayMs;
  return [
    relative(locale, 0),
    relative(locale, 1),
    ...Array.from({ length: 7 }, (_, index) => weekday(locale, 'long', monday + index * dayMs)),
  ];
}

const relative = (locale: string, after: number) =>
  new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(after, 'day').toLowerCase();
const weekday = (locale: string, style: 'long' | 'short', at: number) =>
  new Intl.DateTimeFormat(locale, { weekday: style, timeZone: 'UTC' }).format(at).toLowerCase();
