import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { books, createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const owner = sender('olga', { role: 'owner' });
const bo = sender('bo');

const isAccepted = (reply: Reply) => reply.kind === 'message' && reply.postingId !== undefined;
const refusals = (replies: readonly Reply[]) =>
  Object.fromEntries(
    [...Map.groupBy(replies.flatMap(keysOf), (key) => key)]
      .filter(([key]) => key.startsWith('errors.'))
      .map(([key, { length }]) => [key, length]),
  );
const counters = async ({ sql }: TestCore) =>
  Object.fromEntries(
    (
      await sql`select scope || ' ' || kind || ' ' || period as name, used from credit_counters where used > 0 order by 1`
    ).map(({ name, used }) => [name, used]),
  );

/** Each counter against what the ledger says of the images that count in it. */
const wrongCounters = ({ sql }: TestCore) => sql`
  select c.* from credit_counters c where used <> (
    select coalesce(sum(case l.kind when 'reserve' then l.credits when 'refund' then -l.credits else 0 end), 0)
    from ledger l join images i on l.source = 'image:' || i.id
    where l.workspace_id = c.workspace_id
      and c.scope_id = case c.scope when 'person' then i.person_id when 'channel' then i.counts_in_id else i.workspace_id end
      and c.period = case c.kind when 'day' then i.period else date_trunc('month', i.period::timestamp)::date end)`;

describe('limits', () => {
  it('let exactly 37 of 200 pictures that one person asks for at once run, say why to the other 163, and the ledger is exact', async () => {
    const provider = createFakeProvider({ concurrency: 8 });
    await using core = await createTestCore({ providers: [provider] });
    await say(core, bo, '/quota');
    await say(core, owner, '/admin limit @bo 37 a day');
    const replies = await Promise.all(Array.from({ length: 200 }, () => say(core, bo, '/imagine a fox')));
    expect(replies.filter(isAccepted)).toHaveLength(37);
    expect(refusals(replies)).toEqual({ 'errors.quota.exceeded': 163 });
    for (const reply of replies.filter((one) => !isAccepted(one)))
      expect(reply).toMatchObject({
        message: { lines: [{ values: { needed: 1, left: 0, limit: 37 } }, { key: 'approval.offer' }] },
      });
    await core.queue.run(core.deps);
    const states = await core.sql`select state, count(*)::int from images group by state`;
    expect([...states]).toEqual([{ state: 'succeeded', count: 37 }]);
    expect(await books(core)).toEqual({ reserve: 37, settle: 37, refund: 0, held: 0, spent: 37 });
    expect(await wrongCounters(core)).toHaveLength(0);
  });

  it('of person, channel and workspace at once are all kept by several people in several channels, without a deadlock', async () => {
    await using core = await createTestCore();
    const people = ['ann', 'ben', 'cat', 'dan'];
    const places = ['general', 'art'];
    const who = people.flatMap((name) => places.map((channel) => sender(name, { channel })));
    for (const one of who) await say(core, one, '/quota');
    for (const line of ['member 9 a month', 'channel 20 a day', 'workspace 31 a month', '@ann 4 a day'])
      await say(core, owner, `/admin limit ${line}`);
    const replies = await Promise.all(
      Array.from({ length: 12 }, () => who.map((one) => say(core, one, '/imagine a fox'))).flat(),
    );
    const rows = await core.sql`
      select a.name, c.name as channel, count(*)::int as count from images i join accounts a using (person_id)
      join channels c on c.id = i.counts_in_id group by 1, 2`;
    const sum = (part: Partial<Record<string, string>>) =>
      rows
        .filter((row) => Object.entries(part).every(([key, value]) => row[key] === value))
        .reduce((total, { count }) => total + count, 0);
    expect(sum({})).toBe(31);
    expect(sum({ name: 'ann' })).toBeLessThanOrEqual(4);
    for (const name of ['ben', 'cat', 'dan']) expect(sum({ name })).toBeLessThanOrEqual(9);
    expect(sum({ channel: 'general' })).toBeLessThanOrEqual(20);
    expect(replies.filter(isAccepted)).toHaveLength(31);
    expect(Object.keys(refusals(replies)).filter((key) => !key.startsWith('errors.quota.'))).toEqual([]);
    expect(await wrongCounters(core)).toHaveLength(0);
  });

  it('are given back to by cancels in the middle of requests, without a deadlock, and the counters say what the ledger says', async () => {
    await using core = await createTestCore();
    await say(core, owner, '/admin limit workspace 60 a month');
    const people = ['ann', 'ben', 'cat'].map((name, index) => sender(name, { channel: `c${index}` }));
    for (let round = 0; round < 6; round += 1) {
      const asked = await Promise.all(
        people.map(async (one) => ({ one, id: await request(core, one, 'a fox --n 3') })),
      );
      const replies = await Promise.all([
        ...asked.map(({ one, id }) => say(core, one, `/cancel ${id}`)),
        ...people.flatMap((one) => [say(core, one, '/imagine a cat'), say(core, one, '/imagine a dog')]),
      ]);
      expect(Object.keys(refusals(replies)).filter((key) => !key.startsWith('errors.quota.'))).toEqual([]);
    }
    expect(await wrongCounters(core)).toHaveLength(0);
  });

  it('take nothing at all where one of them is in the way', async () => {
    await using core = await createTestCore();
    await say(core, owner, '/admin limit channel 2 a month');
    await request(core, bo, 'a fox');
    const before = await counters(core);
    const reply = await say(core, bo, '/imagine a fox --n 2');
    expect(reply).toMatchObject({
      message: { lines: [{ key: 'errors.quota.channelMonth', values: { needed: 2, left: 1, limit: 2 } }] },
    });
    expect(await counters(core)).toEqual(before);
    expect(await books(core)).toMatchObject({ reserve: 1, held: 1 });
  });

  it('return a refund to the day and the month of its reserve', async () => {
    let now = new Date('2026-05-31T23:00:00Z');
    await using core = await createTestCore({ now: () => now });
    const batch = await request(core, bo, 'a fox --n 3');
    now = new Date('2026-06-01T01:00:00Z');
    await request(core, bo, 'a cat --n 2');
    await say(core, bo, `/cancel ${batch}`);
    expect(await counters(core)).toEqual({
      'channel day 2026-06-01': 2,
      'channel month 2026-06-01': 2,
      'person month 2026-06-01': 2,
      'workspace day 2026-06-01': 2,
      'workspace month 2026-06-01': 2,
    });
  });

  it.each([
    // Clocks went forward on 28 March: a month of 743 hours. They went back on 25 October: one of 745.
    ['Europe/Berlin', '2027-03-31T21:59:59Z', '2027-03-31T22:00:00Z'],
    ['Europe/Berlin', '2026-10-31T22:59:59Z', '2026-10-31T23:00:00Z'],
    // Midnight of the first comes twice.
    ['America/Havana', '2026-11-01T03:59:59Z', '2026-11-01T04:00:00Z'],
  ])(
    'of a month turn at midnight of the workspace in %s, clocks changed or not (%s)',
    async (timeZone, last, first) => {
      let now = new Date(last);
      await using core = await createTestCore({ now: () => now });
      await say(core, owner, `/settings --time-zone ${timeZone}`);
      await say(core, owner, '/admin limit member 3 a month');
      const used = await say(core, bo, '/imagine a fox --n 3');
      const over = await say(core, bo, '/imagine a fox');
      expect(over).toMatchObject({
        message: {
          timeZone,
          lines: [
            { key: 'errors.quota.personMonth', values: { resetsAt: { at: new Date(first).toISOString() } } },
            { key: 'approval.offer' },
          ],
        },
      });
      now = new Date(first);
      const next = await say(core, bo, '/imagine a fox --n 3');
      now = new Date(now.getTime() + 3_600_000);
      const still = await say(core, bo, '/imagine a fox');
      expect([used, over, next, still].map(isAccepted)).toEqual([true, false, true, false]);
    },
  );

  it('of a person stand in place of those of their role, and off brings those back', async () => {
    await using core = await createTestCore();
    await say(core, owner, '/admin limit members 2 a day');
    await say(core, bo, '/quota');
    await say(core, owner, '/admin limit @bo 5 a day');
    expect(isAccepted(await say(core, bo, '/imagine a fox --n 5'))).toBe(true);
    await say(core, owner, '/admin limit @bo off');
    expect(keysOf(await say(core, bo, '/imagine a fox'))).toEqual(['errors.quota.exceeded', 'approval.offer']);
    const acts = await core.sql`select act, subject, before, after from audit_entries order by n`;
    expect(acts.map(({ act, before, after }) => ({ act, before, after }))).toEqual([
      { act: 'limit.set', before: { day: null }, after: { day: 2 } },
      { act: 'limit.set', before: { day: null }, after: { day: 5 } },
      { act: 'limit.set', before: { day: 5, month: null }, after: { day: null, month: null } },
    ]);
  });

  it('set in the middle of a month count what was used before', async () => {
    await using core = await createTestCore();
    await request(core, bo, 'a fox --n 3');
    await say(core, owner, '/admin limit workspace 4 a month');
    expect(keysOf(await say(core, bo, '/imagine a fox --n 2'))).toEqual(['errors.quota.workspaceMonth']);
  });

  it('are listed, and shown to whom they hold for', async () => {
    await using core = await createTestCore({ now: () => new Date('2026-05-10T10:00:00Z') });
    await request(core, bo, 'a fox');
    for (const line of ['@bo 50 a day', 'channel 500 a month', 'workspace 900 a month', 'guest 10 a month'])
      expect(keysOf(await say(core, owner, `/admin limit ${line}`))[0]).toMatch(
        /^commands\.admin\.acts\.limit\.(day|month)$/,
      );
    const list = await say(core, owner, '/admin limit');
    expect(list).toMatchObject({
      message: {
        fields: [
          ...['owner', 'admin', 'member', 'guest'].map((role) => ({
            label: { values: { name: { key: `roles.${role}` } } },
          })),
          { label: { values: { name: { key: 'limit.name.workspace' } } }, value: { values: { value: 900 } } },
          { label: { values: { name: { key: 'roles.guest' } } }, value: { values: { value: 10 } } },
          { label: { values: { name: { verbatim: 'general' } } }, value: { values: { value: 500 } } },
          { label: { values: { name: { verbatim: 'bo' } } }, value: { values: { value: 50 } } },
        ],
      },
    });
    const mine = await say(core, bo, '/quota');
    expect(mine).toMatchObject({ message: { title: { values: { left: 49 } } } });
    const fields = mine.kind === 'message' ? mine.message.fields : [];
    expect(fields.slice(3)).toEqual(
      [
        ['limit.of.person.day', 49, 50, '2026-05-11T00:00:00.000Z'],
        ['limit.of.channel.month', 499, 500, '2026-06-01T00:00:00.000Z'],
        ['limit.of.workspace.month', 899, 900, '2026-06-01T00:00:00.000Z'],
      ].map(([key, left, limit, at]) => ({
        label: { key },
        value: { key: 'limit.left', values: { left, limit, resetsAt: { at, style: 'datetime' } } },
      })),
    );
  });

  it.each([
    ['nobody 5 a day', 'errors.limit.whom'],
    ['guest', 'errors.limit.credits'],
    ['guest 5', 'errors.limit.credits'],
    ['guest five a day', 'errors.limit.credits'],
    ['guest 100001 a day', 'errors.limit.credits'],
    ['@nobody 5 a day', 'errors.person.unknown'],
  ])('refuse %s', async (line, key) => {
    await using core = await createTestCore();
    expect(keysOf(await say(core, owner, `/admin limit ${line}`))).toEqual([key]);
    expect(keysOf(await say(core, bo, `/admin limit ${line}`))).toEqual(['errors.role.required']);
  });
});
