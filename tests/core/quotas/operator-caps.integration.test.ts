import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { ProviderError } from '#core/ports/images.ts';
import { books, createTestCore, keysOf, request, say, sender } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const root = sender('root', { workspace: 'hq' });
const owner = sender('olga', { role: 'owner' });
const bo = sender('bo');
const may = { now: () => new Date('2026-05-10T10:00:00Z'), operators: new Set(['fake:root']) };
/** One picture costs a cent, and each model says so of what it made. */
const cents = () => createFakeProvider({ concurrency: 8, models: [{ costMicros: 10_000 }] });

const isAccepted = (reply: Reply) => reply.kind === 'message' && reply.postingId !== undefined;

describe('what an operator lets a workspace use', () => {
  it('in money lets exactly as many of 200 pictures at once run as it pays for, without a budget of the workspace’s own', async () => {
    await using core = await createTestCore({ ...may, providers: [cents()] });
    await say(core, bo, '/quota');
    await say(core, root, '/operator cap fake:home --money "0.37 usd a month"');
    const replies = await Promise.all(Array.from({ length: 200 }, () => say(core, bo, '/imagine a fox')));
    expect(replies.filter(isAccepted)).toHaveLength(37);
    expect(replies.flatMap(keysOf).filter((key) => key === 'errors.budget.operator')).toHaveLength(163);
    await core.queue.run(core.deps);
    const [paid] = await core.sql`select sum(money_micros)::int as micros from ledger`;
    expect(paid).toEqual({ micros: 370_000 });
    expect(await books(core)).toEqual({ reserve: 37, settle: 37, refund: 0, held: 0, spent: 37 });
    expect(keysOf(await say(core, bo, '/imagine a fox'))).toEqual(['errors.budget.operator']);
  });

  it('in money holds whatever budget the workspace sets, and its own budget where that is less', async () => {
    await using core = await createTestCore({ ...may, providers: [cents()] });
    await say(core, owner, '/admin budget 1000 usd a month');
    await say(core, root, '/operator cap fake:home --money "0.05 usd"');
    expect(keysOf(await say(core, bo, '/imagine a fox --n 6'))).toEqual(['errors.budget.operator']);
    await request(core, bo, 'a fox --n 5');
    for (const line of ['/admin budget 5000 usd a month', '/admin budget off', '/settings --credits-member 5000'])
      await say(core, owner, line);
    expect(keysOf(await say(core, bo, '/imagine a fox'))).toEqual(['errors.budget.operator']);
    expect(keysOf(await say(core, owner, '/admin budget'))).toEqual(['budget.none', 'budget.ofOperator']);
    await say(core, root, '/operator cap fake:home --money "10 usd"');
    await say(core, owner, '/admin budget 0.05 usd a month');
    expect(keysOf(await say(core, bo, '/imagine a fox'))).toEqual(['errors.budget.exceeded']);
  });

  it('in money has another currency, gets back what failed, and begins anew with the month', async () => {
    let now = new Date('2026-05-31T23:50:00Z');
    const provider = cents();
    provider.failNext(new ProviderError('content_blocked', 'no', { retryable: false }), { times: 2 });
    await using core = await createTestCore({ ...may, now: () => now, providers: [provider] });
    await say(core, bo, '/quota');
    await say(core, root, '/operator cap fake:home --money "1.5 twd a month at 30"');
    await request(core, bo, 'a fox --n 5');
    expect(keysOf(await say(core, bo, '/imagine a cat'))).toEqual(['errors.budget.operator']);
    await core.queue.run(core.deps);
    await request(core, bo, 'a cat --n 2');
    expect(keysOf(await say(core, bo, '/imagine a cat'))).toEqual(['errors.budget.operator']);
    now = new Date('2026-06-01T00:10:00Z');
    await request(core, bo, 'a dog --n 5');
    expect(keysOf(await say(core, bo, '/imagine a cat'))).toEqual(['errors.budget.operator']);
  });

  it('in credits a day lets exactly as many of 200 pictures at once run, whatever limit the workspace sets', async () => {
    await using core = await createTestCore(may);
    await say(core, owner, '/admin limit workspace 5000 a day');
    await say(core, root, '/operator cap fake:home --credits 23');
    const replies = await Promise.all(Array.from({ length: 200 }, () => say(core, bo, '/imagine a fox')));
    expect(replies.filter(isAccepted)).toHaveLength(23);
    expect(replies.flatMap(keysOf).filter((key) => key === 'errors.quota.operatorDay')).toHaveLength(177);
    expect(await books(core)).toMatchObject({ reserve: 23, held: 23 });
    expect(JSON.stringify(await say(core, bo, '/quota'))).toContain('"left":0,"limit":23');
    await say(core, owner, '/admin limit workspace 9 a day');
    expect(keysOf(await say(core, bo, '/imagine a fox'))).toEqual(['errors.quota.workspaceDay']);
  });

  it('holds in every process from the moment at which it was set', async () => {
    await using core = await createTestCore({ ...may, providers: [cents()] });
    const other = { ...core, deps: await core.otherProcess() };
    await say(other, bo, '/quota');
    await say(core, root, '/operator cap fake:home --money 0.01usd');
    await expect
      .poll(async () => keysOf(await say(other, bo, '/imagine a fox --n 2')))
      .toEqual(['errors.budget.operator']);
  });

  it('is told to the operator, stands in that workspace’s log and in the totals, and is of this workspace alone', async () => {
    await using core = await createTestCore({ ...may, providers: [cents()] });
    await say(core, bo, '/quota');
    const line = '/operator cap fake:home --running 4 --credits 500 --money "100 usd"';
    expect(JSON.stringify(await say(core, root, line))).toMatch(/"running":4.*"credits":500.*"micros":100000000/);
    await say(core, root, line);
    const after = { suspended: false, inFlightWorkspace: 4, creditsDay: 500 };
    const money = { currency: 'USD', micros: 100_000_000, rates: {} };
    const acts = await core.sql`select before, after from audit_entries where act = 'operator.changed' order by n`;
    expect([...acts]).toEqual([
      {
        before: { suspended: false, inFlightWorkspace: null, creditsDay: null, moneyMonth: null },
        after: { ...after, moneyMonth: money },
      },
    ]);
    const totals = JSON.stringify(await say(core, root, '/operator'));
    expect(totals).toMatch(/fake:home.*"running":4.*"credits":500.*"micros":100000000/);
    expect(totals).toContain('{"label":{"key":"operator.cappedCount"},"value":{"key":"number","values":{"value":1}}}');
    const one = JSON.stringify(await say(core, root, '/operator totals fake:home'));
    expect(one).toContain('fake:home');
    expect(one).not.toContain('fake:hq');
    expect(isAccepted(await say(core, sender('cy', { workspace: 'two' }), '/imagine a fox --n 9'))).toBe(true);
    await say(core, root, '/operator cap fake:home --credits default --money default');
    expect(JSON.stringify(await say(core, root, '/operator cap fake:home --running default'))).toContain(
      'operator.uncapped',
    );
  });
});
