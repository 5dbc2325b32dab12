import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { ProviderError } from '#core/ports/images.ts';
import { books, createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const owner = sender('olga', { role: 'owner' });
const guest = sender('greg', { role: 'guest' });

const limitGuests = (core: TestCore, credits: number) => say(core, owner, `/settings --credits-guest ${credits}`);
const isAccepted = (reply: Reply) => reply.kind === 'message' && reply.postingId !== undefined;
const rows = async (core: TestCore) => {
  const [row] = await core.sql`
    select (select count(*)::int from batches) as batches, (select count(*)::int from images) as images,
      (select count(*)::int from postings) as postings, (select count(*)::int from ledger) as ledger,
      (select count(*)::int from quotas) as quotas, (select count(*)::int from calls) as calls,
      (select coalesce(sum(waiting), 0)::int from person_lanes) as waiting`;
  return row;
};

describe('quota', () => {
  it('never lets 200 requests of one person at once pass the limit', async () => {
    await using core = await createTestCore();
    await limitGuests(core, 37);
    const replies = await Promise.all(Array.from({ length: 200 }, () => say(core, guest, '/imagine a fox --n 2')));
    expect(replies.filter(isAccepted)).toHaveLength(18);
    expect(replies.flatMap(keysOf).filter((key) => key === 'errors.quota.exceeded')).toHaveLength(182);
    expect(await books(core)).toEqual({ reserve: 36, settle: 0, refund: 0, held: 36, spent: 0 });
    expect(await rows(core)).toMatchObject({ batches: 18, images: 36, waiting: 36, ledger: 36 });
  });

  it('leaves nothing of a request that is refused, and says what is left and until when', async () => {
    await using core = await createTestCore({ now: () => new Date('2026-05-01T10:00:00Z') });
    await limitGuests(core, 3);
    await request(core, guest, 'a fox --n 2');
    const before = await rows(core);
    const reply = await say(core, guest, '/imagine a fox --n 2');
    expect(reply).toMatchObject({
      message: {
        audience: 'private',
        lines: [
          {
            key: 'errors.quota.exceeded',
            values: { needed: 2, left: 1, limit: 3, resetsAt: { at: '2026-05-02T00:00:00.000Z' } },
          },
          { key: 'approval.offer' },
        ],
      },
    });
    expect(await rows(core)).toEqual(before);
  });

  it('refuses a first request over the limit, and leaves no day behind', async () => {
    await using core = await createTestCore();
    await limitGuests(core, 3);
    expect(keysOf(await say(core, guest, '/imagine a fox --n 4'))).toEqual(['errors.quota.exceeded', 'approval.offer']);
    expect(await rows(core)).toMatchObject({ quotas: 0, ledger: 0, batches: 0 });
  });

  it('charges once, and answers once, when one delivery comes ten times at once', async () => {
    await using core = await createTestCore();
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => say(core, guest, '/imagine a fox --n 3', { deliveryKey: 'at once' })),
    );
    expect(replies.filter(isAccepted)).toHaveLength(1);
    expect(replies.filter(({ kind }) => kind === 'none')).toHaveLength(9);
    expect(await rows(core)).toMatchObject({ batches: 1, images: 3, postings: 1, ledger: 3 });
  });

  it('keeps delivery keys of two workspaces apart', async () => {
    await using core = await createTestCore();
    const elsewhere = sender('greg', { role: 'guest', workspace: 'elsewhere' });
    await say(core, guest, '/imagine a fox', { deliveryKey: 'same' });
    const reply = await say(core, elsewhere, '/imagine a fox', { deliveryKey: 'same' });
    expect(isAccepted(reply)).toBe(true);
    expect(await rows(core)).toMatchObject({ batches: 2 });
  });

  it("starts anew at midnight of the workspace's time zone, not at another", async () => {
    let now = new Date('2026-05-01T15:59:59Z');
    await using core = await createTestCore({ now: () => now });
    await say(core, owner, '/settings --time-zone Asia/Taipei --credits-guest 3');
    const used = await say(core, guest, '/imagine a fox --n 3');
    const over = await say(core, guest, '/imagine a fox');
    now = new Date('2026-05-01T16:00:00Z');
    const nextDay = await say(core, guest, '/imagine a fox --n 3');
    now = new Date('2026-05-02T00:00:00Z');
    const stillThatDay = await say(core, guest, '/imagine a fox');
    expect([used, over, nextDay, stillThatDay].map(isAccepted)).toEqual([true, false, true, false]);
  });

  it('returns a refund to the day of its reserve', async () => {
    let now = new Date('2026-05-01T23:59:00Z');
    await using core = await createTestCore({ now: () => now });
    await limitGuests(core, 3);
    const batch = await request(core, guest, 'a fox --n 3');
    now = new Date('2026-05-02T00:01:00Z');
    await request(core, guest, 'a cat --n 2');
    await say(core, guest, `/cancel ${batch}`);
    const days = await core.sql`select period::text, held, spent from quotas order by period`;
    expect([...days]).toEqual([
      { period: '2026-05-01', held: 0, spent: 0 },
      { period: '2026-05-02', held: 2, spent: 0 },
    ]);
    const refunds = await core.sql`select distinct period::text from ledger where kind = 'refund'`;
    expect([...refunds]).toEqual([{ period: '2026-05-01' }]);
  });

  it('counts the people of a workspace apart, and a person in two workspaces apart', async () => {
    await using core = await createTestCore();
    await limitGuests(core, 2);
    await say(core, sender('olga', { role: 'owner', workspace: 'elsewhere' }), '/settings --credits-guest 2');
    const others = [
      guest,
      sender('gina', { role: 'guest' }),
      sender('greg', { role: 'guest', workspace: 'elsewhere' }),
    ];
    const replies = await Promise.all(others.map((who) => say(core, who, '/imagine a fox --n 2')));
    expect(replies.map(isAccepted)).toEqual([true, true, true]);
  });

  it('adds up after successes, failures, blocks and cancels at random', async () => {
    const provider = createFakeProvider({ concurrency: 5, models: [{ credits: 3 }] });
    provider.failNext(new ProviderError('content_blocked', 'no', { retryable: false }), {
      times: 1000,
      prompt: (prompt) => prompt.includes('blocked'),
    });
    provider.failNext(new ProviderError('bad_request', 'no', { retryable: false }), {
      times: 1000,
      prompt: (prompt) => prompt.includes('failing'),
    });
    provider.failNext(new ProviderError('server', 'no', { retryable: true }), { times: 4 });
    await using core = await createTestCore({ providers: [provider], breakers: { probeAfterMs: 1 } });
    const people = ['ann', 'ben', 'cat'].map((name) => sender(name));
    const kinds = ['good', 'blocked', 'failing', 'good'];
    const batches = await Promise.all(
      people.flatMap((who) => kinds.map(async (kind) => ({ who, id: await request(core, who, `${kind} --n 4`) }))),
    );
    const cancelled = batches.filter((_, index) => index % 4 === 3);
    await Promise.all([core.queue.run(core.deps), ...cancelled.map(({ who, id }) => say(core, who, `/cancel ${id}`))]);
    // Five failures in a row count as a provider that is down, which is left alone for a while.
    while (core.queue.delayed.length > 0) {
      await core.sql`update dispatch_clocks set paused_until = now()`;
      core.queue.ripen();
      await core.queue.run(core.deps);
    }

    const { reserve, settle, refund, held, spent } = await books(core);
    expect({ reserve, held }).toEqual({ reserve: 12 * 4 * 3, held: 0 });
    expect(settle + refund).toBe(reserve);
    expect(spent).toBe(settle);
    expect(settle).toBeGreaterThanOrEqual(3 * 4 * 3);
    const open = await core.sql`select 1 from images where state in ('queued', 'dispatched')`;
    const lone = await core.sql`select source from ledger group by source having count(*) <> 2`;
    const unfinished = await core.sql`select 1 from batches where unfinished <> 0 or finished_at is null`;
    expect([open.length, lone.length, unfinished.length]).toEqual([0, 0, 0]);
  });

  it('takes requests and cancels of one person at the same time without a conflict', async () => {
    await using core = await createTestCore();
    const ann = sender('ann', { role: 'owner' });
    const replies: Reply[] = [];
    for (let round = 0; round < 15; round += 1) {
      const ids = await Promise.all(Array.from({ length: 4 }, () => request(core, ann, 'a fox --n 2')));
      replies.push(
        ...(await Promise.all([
          ...ids.map((id) => say(core, ann, `/cancel ${id}`)),
          ...ids.map(() => say(core, ann, '/imagine a cat')),
        ])),
      );
    }
    expect(replies.flatMap(keysOf).filter((key) => key.startsWith('errors.'))).toEqual([]);
    expect(await books(core)).toMatchObject({ refund: 15 * 8, held: 15 * 4, spent: 0 });
  });
});
