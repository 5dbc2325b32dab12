import { LRUCache } from 'lru-cache';

/** A day of a quota in a workspace's time zone. */
interface Day {
  /** `YYYY-MM-DD`. */
  period: string;
  /** An instant of it, and the first of the next day, in milliseconds since 1970. */
  seenAt: number;
  endsAt: number;
}

/** Time zones are what people set: more than this are not in use at once. */
const keptMax = 500;
const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: keptMax });
const days = new LRUCache<string, Day>({ max: keptMax });

/** The day of a quota, `YYYY-MM-DD`, in the workspace's time zone. */
export function quotaPeriod(now: Date, timeZone: string): string {
  return dayOf(now, timeZone).period;
}

/** When the day of a quota ends: the first instant of the next day in that time zone. */
export function quotaResetsAt(now: Date, timeZone: string): Date {
  return new Date(dayOf(now, timeZone).endsAt);
}

/** Looked for once a day: with a formatter that is slow to make, some twenty times. */
function dayOf(now: Date, timeZone: string): Day {
  const at = now.getTime();
  const known = days.get(timeZone);
  if (known && at >= known.seenAt && at < known.endsAt) return known;
  const found = { period: dateOf(at, timeZone), seenAt: at, endsAt: endOfDay(at, timeZone) };
  days.set(timeZone, found);
  return found;
}

/** By bisection over the next 26 hours, as days that change clocks are 23 or 25 hours long, and may lack their midnight. */
function endOfDay(at: number, timeZone: string): number {
  const today = dateOf(at, timeZone);
  let before = Math.floor(at / 1000);
  let after = before + 26 * 3600;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dateOf(middle * 1000, timeZone) === today) before = middle;
    else after = middle;
  }
  return after * 1000;
}

function dateOf(at: number, timeZone: string): string {
  const parts = formatOf(timeZone).formatToParts(at);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(timeZone, made);
  return made;
}
