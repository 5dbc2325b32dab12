import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { books, createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';

const owner = sender('olga', { role: 'owner' });
const bo = sender('bo');
const isAccepted = (reply: Reply) => reply.kind === 'message' && reply.postingId !== undefined;
const left = async (core: TestCore) => {
  const reply = await say(core, bo, '/quota');
  const fields = reply.kind === 'message' ? reply.message.fields : [];
  return fields.flatMap(({ label, value }) =>
    'key' in label && label.key === 'limit.granted' && 'values' in value ? [value.values?.left] : [],
  );
};

/** Somebody with three credits a day and a grant. */
async function createGranted(grant: string, now: () => Date = () => new Date('2026-05-07T10:00:00Z')) {
  const core = await createTestCore({ now });
  await say(core, bo, '/quota');
  await say(core, owner, '/admin limit @bo 3 a day');
  await say(core, owner, `/admin grant @bo ${grant}`);
  return core;
}

describe('a grant', () => {
  it('is used after the own credits, by exactly as many requests at once as it pays for', async () => {
    await using core = await createGranted('20 until friday');
    const replies = await Promise.all(Array.from({ length: 40 }, () => say(core, bo, '/imagine a fox')));
    expect(replies.filter(isAccepted)).toHaveLength(23);
    expect(await books(core)).toMatchObject({ reserve: 23, held: 23 });
    const days = await core.sql`select held, granted from quotas`;
    expect([...days]).toEqual([{ held: 23, granted: 20 }]);
    expect(await left(core)).toEqual([]);
  });

  it('is there again the next day, beside new credits, and gone after its last', async () => {
    let now = new Date('2026-05-07T10:00:00Z');
    await using core = await createGranted('10 until friday', () => now);
    await request(core, bo, 'a fox --n 5');
    expect(await left(core)).toEqual([8]);
    now = new Date('2026-05-08T23:59:59Z');
    const over = await say(core, bo, '/imagine a fox --n 12 --draft off');
    expect(over).toMatchObject({
      message: {
        lines: [
          { key: 'errors.quota.withGrants', values: { needed: 12, left: 11, granted: 8 } },
          { key: 'approval.offer' },
        ],
      },
    });
    await request(core, bo, 'a fox --n 6');
    expect(await left(core)).toEqual([5]);
    now = new Date('2026-05-09T00:00:00Z');
    expect(keysOf(await say(core, bo, '/imagine a fox --n 4'))).toEqual(['errors.quota.exceeded', 'approval.offer']);
    expect(await left(core)).toEqual([]);
  });

  it('gets back first what was cancelled, also on another day', async () => {
    let now = new Date('2026-05-07T10:00:00Z');
    await using core = await createGranted('10 for 3 days', () => now);
    const batch = await request(core, bo, 'a fox --n 5');
    now = new Date('2026-05-08T10:00:00Z');
    expect(await left(core)).toEqual([8]);
    await say(core, bo, `/cancel ${batch}`);
    expect(await left(core)).toEqual([10]);
    const days = await core.sql`select held, spent, granted from quotas`;
    expect([...days]).toEqual([{ held: 0, spent: 0, granted: 0 }]);
    const months = await core.sql`select distinct used from credit_counters`;
    expect([...months]).toEqual([{ used: 0 }]);
  });

  it("reaches beyond the person's month too, and not beyond the channel's", async () => {
    await using core = await createGranted('10 for 3 days');
    await say(core, owner, '/admin limit @bo 2 a month');
    await request(core, bo, 'a fox --n 4');
    expect(await left(core)).toEqual([8]);
    const [month] = await core.sql`select used from credit_counters where scope = 'person'`;
    expect(month).toEqual({ used: 2 });
    await say(core, owner, '/admin limit channel 5 a day');
    expect(keysOf(await say(core, bo, '/imagine a fox --n 2'))).toEqual(['errors.quota.channelDay']);
    expect(await left(core)).toEqual([8]);
  });

  it('is in the ledger and in the log, and its person is told', async () => {
    await using core = await createGranted('10 until 2026-12-31');
    const entries = await core.sql`select kind, credits, period::text from ledger`;
    expect([...entries]).toEqual([{ kind: 'grant', credits: 10, period: '2026-05-07' }]);
    const [act] = await core.sql`select act, after - 'grant' as after from audit_entries order by n desc limit 1`;
    expect(act).toEqual({ act: 'grant.add', after: { credits: 10, lastDay: '2026-12-31' } });
    const [notice] = await core.sql`select content #>> '{lines,0,key}' as key from notices`;
    expect(notice).toEqual({ key: 'grant.told' });
  });
});
