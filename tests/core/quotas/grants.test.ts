import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settleGrants } from '#core/quotas/grants.ts';
import { readUntil } from '#core/quotas/read-until.ts';
import { refusal } from '#tests/core/refusal.ts';

const day = (index: number) => new Date(Date.UTC(2026, 4, 1 + index)).toISOString().slice(0, 10);

describe('what is left of grants', () => {
  it('is taken from the one that ends first, on the days that it holds', () => {
    const grants = [
      { id: 'a', credits: 10, firstDay: day(0), lastDay: day(9) },
      { id: 'b', credits: 4, firstDay: day(1), lastDay: day(2) },
    ];
    const left = (days: { period: string; granted: number }[]) =>
      Object.fromEntries(settleGrants(grants, days).map((grant) => [grant.id, grant.left]));
    expect(left([{ period: day(0), granted: 3 }])).toEqual({ a: 7, b: 4 });
    expect(left([{ period: day(1), granted: 3 }])).toEqual({ a: 10, b: 1 });
    expect(left([{ period: day(2), granted: 6 }])).toEqual({ a: 8, b: 0 });
    expect(left([{ period: day(3), granted: 6 }])).toEqual({ a: 4, b: 4 });
  });

  it('covers whatever was granted while something was left, whoever gets grants, draws and gets back in which order', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('grant' as const), credits: fc.nat(20), length: fc.nat(5) }),
      fc.record({ kind: fc.constant('draw' as const), credits: fc.nat(20) }),
      fc.record({ kind: fc.constant('refund' as const), credits: fc.nat(20), back: fc.nat(6) }),
      fc.constant({ kind: 'next day' as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const grants: Parameters<typeof settleGrants>[0][number][] = [];
        const days = new Map<string, number>();
        let today = 0;
        const settled = () =>
          settleGrants(
            grants,
            [...days].map(([period, granted]) => ({ period, granted })),
          );
        for (const one of steps) {
          if (one.kind === 'next day') today += 1;
          if (one.kind === 'grant')
            grants.push({
              ...{ id: String(grants.length).padStart(3, '0'), credits: one.credits },
              ...{ firstDay: day(today), lastDay: day(today + one.length) },
            });
          if (one.kind === 'draw') {
            const open = settled().filter((grant) => grant.firstDay <= day(today) && grant.lastDay >= day(today));
            const most = open.reduce((sum, { left }) => sum + left, 0);
            if (one.credits <= most) days.set(day(today), (days.get(day(today)) ?? 0) + one.credits);
          }
          if (one.kind === 'refund') {
            const period = day(today - one.back);
            days.set(period, Math.max(0, (days.get(period) ?? 0) - one.credits));
          }
          const used =
            grants.reduce((sum, { credits }) => sum + credits, 0) - settled().reduce((sum, { left }) => sum + left, 0);
          expect(used).toBe([...days.values()].reduce((sum, granted) => sum + granted, 0));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('until when', () => {
  // A Thursday.
  const today = '2026-05-07';
  it.each([
    ['until friday', '2026-05-08'],
    ['until Thu', '2026-05-07'],
    ['until wednesday', '2026-05-13'],
    ['until today', '2026-05-07'],
    ['until tomorrow', '2026-05-08'],
    ['until 星期五', '2026-05-08'],
    ['until 明天', '2026-05-08'],
    ['until 2026-12-31', '2026-12-31'],
    ['for 1 day', '2026-05-07'],
    ['for 3 days', '2026-05-09'],
    ['for 2 weeks', '2026-05-20'],
  ])('is read from %s', (text, expected) => {
    expect(readUntil(text, today, ['en', 'zh-TW'])).toBe(expected);
  });

  it.each([
    ['friday', 'grant.until'],
    ['until easter', 'grant.until'],
    ['until 2026-02-30', 'grant.until'],
    ['for ever', 'grant.until'],
    ['until 2026-05-06', 'grant.range'],
    ['until 2028-01-01', 'grant.range'],
    ['for 0 days', 'grant.range'],
  ])('is not read from %s', (text, code) => {
    expect(refusal(() => readUntil(text, today, ['en', 'zh-TW']))).toMatchObject({ code });
  });
});
