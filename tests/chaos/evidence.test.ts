import { describe, expect, it } from 'vitest';
import { excuseOf } from '#tests/chaos/evidence.ts';
import { evidenceOf } from '#tests/chaos/scenes.ts';

describe('an excuse', () => {
  it.each([
    { what: 'a cut answer', evidence: evidenceOf({}, { cut: true }), excuse: 'cut' },
    {
      what: 'a death while the call was open',
      evidence: evidenceOf({ end: 'left' }, { killedAt: 1_500 }),
      excuse: 'died',
    },
    {
      what: 'a death before the answer was written down',
      evidence: evidenceOf({}, { killedAt: 3_000 }),
      excuse: 'died',
    },
    { what: 'a death before the call', evidence: evidenceOf({}, { killedAt: 500 }), excuse: undefined },
    { what: 'a death long after it', evidence: evidenceOf({}, { killedAt: 9_000 }), excuse: undefined },
    { what: 'nothing', evidence: evidenceOf({}), excuse: undefined },
    { what: 'a connection that its living process left', evidence: evidenceOf({ end: 'left' }), excuse: undefined },
  ])('of $what: $excuse', ({ evidence, excuse }) => {
    expect(excuseOf(evidence, 'call')).toBe(excuse);
  });

  it('is not taken from another process of the same place', () => {
    const evidence = evidenceOf({}, { killedAt: 500 });
    const [first] = evidence.instances;
    if (!first) throw new Error('nobody');
    const successor = { slot: first.slot, easel: first.easel, startedAt: 800 };
    expect(excuseOf({ ...evidence, instances: [{ ...first, killedAt: 1_500 }, successor] }, 'call')).toBe(undefined);
  });

  it('needs the call to be known', () => {
    expect(excuseOf(evidenceOf({}, { killedAt: 1_500 }), 'another')).toBe(undefined);
  });
});
