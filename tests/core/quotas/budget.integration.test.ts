import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { ProviderError } from '#core/ports/images.ts';
import { sendNotices } from '#core/postings/send-notices.ts';
import { createChat } from '#tests/core/postings/chat.ts';
import { keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const owner = sender('olga', { role: 'owner' });
const admin = sender('adam', { role: 'admin' });
const bo = sender('bo');

const isAccepted = (reply: Reply) => reply.kind === 'message' && reply.postingId !== undefined;
const used = async ({ sql }: TestCore) =>
  Object.fromEntries(
    (await sql`select currency || ' ' || period as name, used_micros::int as used from budget_months`).map((row) => [
      row.name,
      row.used,
    ]),
  );
const told = async ({ sql }: TestCore) =>
  (
    await sql`select content #>> '{lines,0,values,percent}' as percent, name from notices join accounts using (person_id) order by notices.id`
  ).map(({ percent, name }) => `${name} ${percent}`);
const may = { now: () => new Date('2026-05-10T10:00:00Z') };
/** One picture costs a cent, and each model says so of what it made. */
const cents = () => createFakeProvider({ concurrency: 8, models: [{ costMicros: 10_000 }] });

describe('a budget', () => {
  it('lets exactly as many of a hundred pictures run as it pays for, says so to the others, and holds what is spent in the end', async () => {
    await using core = await createChat({ ...may, providers: [cents()] });
    await say(core, owner, '/admin budget 0.37 usd a month');
    const replies = await Promise.all(Array.from({ length: 100 }, () => say(core, bo, '/imagine a fox')));
    expect(replies.filter(isAccepted)).toHaveLength(37);
    expect(replies.flatMap(keysOf).filter((key) => key === 'errors.budget.exceeded')).toHaveLength(63);
    await core.queue.run(core.deps);
    expect(await used(core)).toEqual({ 'USD 2026-05-01': 370_000 });
    const [paid] = await core.sql`select sum(money_micros)::int as micros from ledger`;
    expect(paid).toEqual({ micros: 370_000 });
  });

  it('gets back what failed or was cancelled, in the month of its reserve', async () => {
    let now = new Date('2026-05-31T23:50:00Z');
    const provider = cents();
    const fox = (prompt: string) => prompt === 'a fox';
    provider.failNext(new ProviderError('content_blocked', 'no', { retryable: false }), { times: 2, prompt: fox });
    await using core = await createChat({ now: () => now, providers: [provider] });
    await say(core, owner, '/admin budget 10 usd a month');
    await request(core, bo, 'a fox --n 5');
    const cancelled = await request(core, bo, 'a cat --n 3');
    expect(await used(core)).toEqual({ 'USD 2026-05-01': 80_000 });
    now = new Date('2026-06-01T00:10:00Z');
    await request(core, bo, 'a dog');
    await say(core, bo, `/cancel ${cancelled}`);
    await core.queue.run(core.deps);
    expect(await used(core)).toEqual({ 'USD 2026-05-01': 30_000, 'USD 2026-06-01': 10_000 });
  });

  it('is in a currency of its own, by the rate that was given', async () => {
    await using core = await createChat({ ...may, providers: [cents()] });
    await say(core, owner, '/admin budget 1 twd a month at 31.5');
    await request(core, bo, 'a fox --n 3');
    expect(await used(core)).toEqual({ 'TWD 2026-05-01': 945_000 });
    expect(keysOf(await say(core, bo, '/imagine a fox'))).toEqual(['errors.budget.exceeded']);
    await core.queue.run(core.deps);
    expect(await used(core)).toEqual({ 'TWD 2026-05-01': 945_000 });
  });

  it('that is set in the middle of a month counts what was spent and what is held, and so does one in another currency', async () => {
    await using core = await createChat({ ...may, providers: [cents()] });
    await request(core, bo, 'a fox --n 4');
    await core.queue.run(core.deps);
    await request(core, bo, 'a cat --n 3');
    await say(core, owner, '/admin budget 10 usd a month');
    await say(core, owner, '/admin budget 300 twd a month at 30');
    expect(await used(core)).toEqual({ 'USD 2026-05-01': 70_000, 'TWD 2026-05-01': 2_100_000 });
    await core.queue.run(core.deps);
    expect(await used(core)).toMatchObject({ 'TWD 2026-05-01': 2_100_000 });
    await say(core, owner, '/admin budget off');
    expect(isAccepted(await say(core, bo, '/imagine a fox'))).toBe(true);
  });

  it('tells those who run the workspace at 50, 80 and 100 percent, each once, whatever comes at once', async () => {
    await using core = await createChat({ ...may, providers: [cents()] });
    await say(core, admin, '/quota');
    await say(core, owner, '/admin budget 1 usd a month');
    await request(core, bo, 'a fox --n 49 --draft off');
    expect(await told(core)).toEqual([]);
    await Promise.all(Array.from({ length: 20 }, () => say(core, bo, '/imagine a fox')));
    expect(await told(core)).toEqual(['olga 50', 'adam 50']);
    await Promise.all(Array.from({ length: 20 }, () => say(core, bo, '/imagine a fox')));
    expect(await told(core)).toEqual(['olga 50', 'adam 50', 'olga 80', 'adam 80']);
    await Promise.all(Array.from({ length: 20 }, () => say(core, bo, '/imagine a fox')));
    expect((await told(core)).slice(4)).toEqual(['olga 100', 'adam 100']);
    await core.queue.run(core.deps);
    expect(await told(core)).toHaveLength(6);

    await sendNotices(core.deps);
    await sendNotices(core.deps);
    expect(core.chat.sends.map(({ to }) => to.channel).filter((channel) => channel.includes('/direct/'))).toEqual(
      ['olga', 'adam', 'olga', 'adam', 'olga', 'adam'].map((name) => `home/direct/${name}`),
    );
    expect(await told(core)).toEqual([]);
  });

  it('is shown to who runs the workspace, and every change of it is in the log', async () => {
    await using core = await createChat({ ...may, providers: [cents()] });
    expect(keysOf(await say(core, owner, '/admin budget'))).toEqual(['budget.none']);
    const reply = await say(core, owner, '/admin budget 12.5 EUR a month at 0.9');
    expect(reply).toMatchObject({
      message: {
        title: { values: { amount: { micros: 12_500_000, currency: 'EUR' } } },
        lines: [{ values: { resetsAt: { at: '2026-06-01T00:00:00.000Z' } } }, { key: 'budget.rateIs' }],
      },
    });
    await say(core, owner, '/admin budget off');
    const acts = await core.sql`select before, after from audit_entries order by n`;
    const set = { currency: 'EUR', micros: 12_500_000, rates: { USD: 900_000 } };
    expect([...acts]).toEqual([
      { before: { budget: null }, after: { budget: set } },
      { before: { budget: set }, after: { budget: null } },
    ]);
  });

  it.each([
    ['lots', 'errors.budget.text'],
    ['100', 'errors.budget.text'],
    ['100 xyz a month', 'errors.budget.currency'],
    ['100 eur a month', 'errors.budget.rate'],
    ['100 eur a month at 0', 'errors.budget.rate'],
    ['100 usd a month at 2', 'errors.budget.noRate'],
  ])('of “%s” is refused', async (text, key) => {
    await using core = await createChat({ providers: [cents()] });
    expect(keysOf(await say(core, owner, `/admin budget ${text}`))).toEqual([key]);
    expect(keysOf(await say(core, bo, `/admin budget ${text}`))).toEqual(['errors.role.required']);
  });
});
