import { describe, expect, it } from 'vitest';
import { firstMoment, type Window } from '../../bench/first-moment.ts';

const window = (others: [at: number, count?: number][], changes: Partial<Window> = {}): Window => {
  return { limit: 3, windowMs: 100, cost: 1, others: others.map(([at, count = 1]) => ({ at, count })), ...changes };
};

describe('the first moment that a message was allowed', () => {
  it('is when it could be sent, where there is room', () => {
    expect(firstMoment(1000, 1500, [])).toBe(1000);
    expect(firstMoment(1000, 1500, [window([[950], [990]])])).toBe(1000);
  });

  it('is when enough of what was sent before has left the window, to the millisecond', () => {
    expect(firstMoment(1000, 1500, [window([[940], [960], [990]])])).toBe(1040);
    expect(firstMoment(1000, 1500, [window([[940], [960], [990]], { cost: 2 })])).toBe(1060);
  });

  it('counts what was sent meanwhile, up to that moment and not after it', () => {
    const sent: [number][] = [[940], [960], [990]];
    expect(firstMoment(1000, 1500, [window([...sent, [1020]])])).toBe(1060);
    expect(firstMoment(1000, 1500, [window([...sent, [1041]])])).toBe(1040);
  });

  it('counts an album as many, in the limits that do', () => {
    expect(firstMoment(1000, 1500, [window([[950, 3]])])).toBe(1050);
  });

  it('is the first at which every limit has room', () => {
    const narrow = window([[999]], { limit: 1, windowMs: 30 });
    expect(firstMoment(1000, 1500, [window([[940], [960], [990]]), narrow])).toBe(1040);
    expect(firstMoment(1000, 1500, [window([[910], [960], [990]]), narrow])).toBe(1029);
  });

  it('is no later than when it was sent', () => {
    expect(firstMoment(1000, 1020, [window([[990, 3]])])).toBe(1020);
  });
});
