import { describe, expect, it } from 'vitest';
import { quotaPeriod, quotaResetsAt } from '#core/quotas/period.ts';

const cases = [
  ['a plain day', 'UTC', '2026-03-01T13:00:00Z', '2026-03-01', '2026-03-02T00:00:00Z'],
  ['the last millisecond of a day', 'UTC', '2026-03-01T23:59:59.999Z', '2026-03-01', '2026-03-02T00:00:00Z'],
  ['the first instant of a day', 'UTC', '2026-03-02T00:00:00Z', '2026-03-02', '2026-03-03T00:00:00Z'],
  ['a zone ahead', 'Asia/Taipei', '2026-03-01T16:00:00Z', '2026-03-02', '2026-03-02T16:00:00Z'],
  ['a zone behind', 'America/Los_Angeles', '2026-01-01T07:59:00Z', '2025-12-31', '2026-01-01T08:00:00Z'],
  ['an offset of 45 minutes', 'Asia/Kathmandu', '2026-03-01T18:14:59Z', '2026-03-01', '2026-03-01T18:15:00Z'],
  ['a day of 23 hours', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29', '2026-03-29T22:00:00Z'],
  ['a day of 25 hours', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25', '2026-10-25T23:00:00Z'],
  [
    'a day that starts at one, without midnight',
    'America/Sao_Paulo',
    '2018-11-03T12:00:00Z',
    '2018-11-03',
    '2018-11-04T03:00:00Z',
  ],
  ['a midnight that happens twice', 'America/Havana', '2026-10-31T12:00:00Z', '2026-10-31', '2026-11-01T04:00:00Z'],
  ['a date that was left out', 'Pacific/Apia', '2011-12-30T09:00:00Z', '2011-12-29', '2011-12-30T10:00:00Z'],
] as const;

describe('the day of a quota', () => {
  it.each(cases)('is known on %s', (_, timeZone, now, period) => {
    expect(quotaPeriod(new Date(now), timeZone)).toBe(period);
  });

  it.each(cases)('ends with the first instant of the next on %s', (_, timeZone, now, period, resetsAt) => {
    const end = quotaResetsAt(new Date(now), timeZone);
    expect(end.toISOString()).toBe(new Date(resetsAt).toISOString());
    expect(quotaPeriod(new Date(end.getTime() - 1), timeZone)).toBe(period);
    expect(quotaPeriod(end, timeZone)).not.toBe(period);
  });
});

const months = [
  ['a plain month', 'UTC', '2026-02-10T13:00:00Z', '2026-02-01', '2026-03-01T00:00:00Z'],
  ['the first instant of one', 'UTC', '2026-03-01T00:00:00Z', '2026-03-01', '2026-04-01T00:00:00Z'],
  ['the last of a year', 'Asia/Taipei', '2026-12-31T15:59:59Z', '2026-12-01', '2026-12-31T16:00:00Z'],
  ['clocks that go forward', 'Europe/Berlin', '2027-03-01T00:00:00Z', '2027-03-01', '2027-03-31T22:00:00Z'],
  ['clocks that go back', 'Europe/Berlin', '2026-09-30T22:00:00Z', '2026-10-01', '2026-10-31T23:00:00Z'],
  ['a first without midnight', 'America/Asuncion', '2023-09-15T12:00:00Z', '2023-09-01', '2023-10-01T04:00:00Z'],
  ['a midnight that happens twice', 'America/Havana', '2026-10-05T12:00:00Z', '2026-10-01', '2026-11-01T04:00:00Z'],
] as const;

describe('the month of a quota', () => {
  it.each(months)('is known, and ends, with %s', (_, timeZone, now, period, resetsAt) => {
    expect(quotaPeriod(new Date(now), timeZone, 'month')).toBe(period);
    const end = quotaResetsAt(new Date(now), timeZone, 'month');
    expect(end.toISOString()).toBe(new Date(resetsAt).toISOString());
    expect(quotaPeriod(new Date(end.getTime() - 1), timeZone, 'month')).toBe(period);
    expect(quotaPeriod(end, timeZone, 'month')).not.toBe(period);
  });
});
