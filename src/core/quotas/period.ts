import { LRUCache } from 'lru-cache';

export type PeriodKind = 'day' | 'month';

/** A day or month of a quota in a workspace's time zone. */
interface Period {
  /** Its first day, `YYYY-MM-DD`. */
  first: string;
  /** An instant of it, and the first that is none of it any more, in milliseconds since 1970. */
  seenAt: number;
  endsAt: number;
}

/** Time zones are what people set: more than this are not in use at once. */
const keptMax = 500;
const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: keptMax });
const periods = new LRUCache<string, Period>({ max: 2 * keptMax });

/** Longer than any day or month, with clocks that change in it. */
const hoursMax = { day: 26, month: 31 * 24 + 2 };

/** The day or month of a quota, as its first day `YYYY-MM-DD`, in the workspace's time zone. */
export function quotaPeriod(now: Date, timeZone: string, kind: PeriodKind = 'day'): string {
  return periodOf(now, timeZone, kind).first;
}

/** When the day or month of a quota ends: the first instant of the next in that time zone. */
export function quotaResetsAt(now: Date, timeZone: string, kind: PeriodKind = 'day'): Date {
  return new Date(periodOf(now, timeZone, kind).endsAt);
}

/** The first instant after a day, `YYYY-MM-DD`, in a time zone. */
export function endOfDay(day: string, timeZone: string): Date {
  // Noon in London is another day in few places, and half a day off is none there.
  const noon = Date.parse(`${day}T12:00:00Z`);
  const halfDayMs = 12 * 3_600_000;
  const there = quotaPeriod(new Date(noon), timeZone);
  const at = noon + (there < day ? halfDayMs : there > day ? -halfDayMs : 0);
  return quotaResetsAt(new Date(at), timeZone);
}

/** Looked for once a period: with a formatter that is slow to make, some twenty times. */
function periodOf(now: Date, timeZone: string, kind: PeriodKind): Period {
  const at = now.getTime();
  const key = `${kind} ${timeZone}`;
  const known = periods.get(key);
  if (known && at >= known.seenAt && at < known.endsAt) return known;
  const found = { first: firstDay(at, timeZone, kind), seenAt: at, endsAt: endOf(at, timeZone, kind) };
  periods.set(key, found);
  return found;
}

/** By bisection, as days that change clocks are 23 or 25 hours long, and may lack their midnight. */
function endOf(at: number, timeZone: string, kind: PeriodKind): number {
  const now = firstDay(at, timeZone, kind);
  let before = Math.floor(at / 1000);
  let after = before + hoursMax[kind] * 3600;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (firstDay(middle * 1000, timeZone, kind) === now) before = middle;
    else after = middle;
  }
  return after * 1000;
}

function firstDay(at: number, timeZone: string, kind: PeriodKind): string {
  const parts = formatOf(timeZone).formatToParts(at);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${kind === 'month' ? '01' : part('day')}`;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(timeZone, made);
  return made;
}
