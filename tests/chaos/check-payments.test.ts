import { describe, expect, it } from 'vitest';
import { checkPayments } from '#tests/chaos/check-payments.ts';
import { evidenceOf, imageOf } from '#tests/chaos/scenes.ts';

const call = { callId: 'call', fault: undefined };
const made = { msg: 'an image was made', imageId: '1', time: 2_500 };
const succeeded = imageOf();
const failed = imageOf({ state: 'failed' });

describe('a picture that was paid for', () => {
  it('counts when it is the one that is kept', () => {
    const seen = checkPayments(evidenceOf({}), [succeeded], { pictures: 1, calls: [call] });
    expect(seen).toEqual({ violations: [], lost: [] });
  });

  it.each([
    { what: 'its answer was not whole', evidence: evidenceOf({}), fault: 'truncated_json', lost: 'not whole' },
    {
      what: 'its process died in the call',
      evidence: evidenceOf({ end: 'left' }, { killedAt: 1_500 }),
      fault: undefined,
      lost: 'died',
    },
    {
      what: 'its process died before the commit',
      evidence: evidenceOf({}, { killedAt: 3_000 }),
      fault: undefined,
      lost: 'died',
    },
    {
      what: 'the database was away from its answer to the death of its process',
      evidence: evidenceOf({}, { killedAt: 30_000, outages: [{ from: 1_500, to: 25_000 }] }),
      fault: undefined,
      lost: 'died',
    },
  ] as const)('may be made again when $what', ({ evidence, fault, lost }) => {
    const seen = checkPayments(evidence, [succeeded], { pictures: 2, calls: [{ callId: 'call', fault }] });
    expect(seen).toEqual({ violations: [], lost: [lost] });
  });

  it.each([
    { what: 'is made twice without a reason', evidence: evidenceOf({}), image: succeeded, pictures: 2 },
    {
      what: 'is made again after its commit was told',
      evidence: evidenceOf({}, { killedAt: 3_000, log: [made] }),
      image: succeeded,
      pictures: 2,
    },
    {
      what: 'is made again long after its answer',
      evidence: evidenceOf({}, { killedAt: 30_000 }),
      image: succeeded,
      pictures: 2,
    },
    { what: 'is made for an image that failed', evidence: evidenceOf({}), image: failed, pictures: 1 },
    { what: 'was never made', evidence: evidenceOf({}), image: succeeded, pictures: 0 },
    {
      what: 'is made three times for one reason',
      evidence: evidenceOf({}, { killedAt: 3_000 }),
      image: succeeded,
      pictures: 3,
    },
  ])('is a violation when it $what', ({ evidence, image, pictures }) => {
    expect(checkPayments(evidence, [image], { pictures, calls: [call] }).violations).toHaveLength(1);
  });
});
