/** Making one takes longer than all else here, and the end of a day is looked for with the same one some twenty times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(timeZone, made);
  return made;
}

/** The day of a quota, `YYYY-MM-DD`, in the workspace's time zone. */
export function quotaPeriod(now: Date, timeZone: string): string {
  const parts = formatOf(timeZone).formatToParts(now);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/**
 * When the day of a quota ends: the first instant of the next day in that time zone. Found by bisection over the
 * next 26 hours, as days that change clocks are 23 or 25 hours long, and may lack their midnight.
 */
export function quotaResetsAt(now: Date, timeZone: string): Date {
  const today = quotaPeriod(now, timeZone);
  let before = Math.floor(now.getTime() / 1000);
  let after = before + 26 * 3600;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (quotaPeriod(new Date(middle * 1000), timeZone) === today) before = middle;
    else after = middle;
  }
  return new Date(after * 1000);
}
