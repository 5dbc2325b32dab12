import { describe, expect, it } from 'vitest';
import { DeliveryError } from '#core/ports/chat.ts';
import { deliverDue, nextDueMs } from '#core/postings/deliver.ts';
import { ann, createChat, deliverAll, raise, ripen } from '#tests/core/postings/chat.ts';
import { request, sender } from '#tests/factories.ts';

describe('a channel', () => {
  it('is left in peace between two messages for as long as its platform wants', async () => {
    const spaced = sender('ann', { limits: { sendSpacingMs: 3_600_000 } });
    await using core = await createChat();
    const batch = await request(core, spaced, 'a fox');
    await ripen(core);
    const [before] = await core.sql`select clock_timestamp() as at`;
    await deliverDue(core.deps);
    const [channel] = await core.sql`select next_send_at, worker_id from channels`;
    expect(channel?.next_send_at.getTime()).toBeGreaterThanOrEqual(before?.at.getTime() + 3_600_000);
    expect(channel?.worker_id).toBeNull();
    await raise(core, batch);
    expect(await deliverDue(core.deps)).toBe(0);
    expect(await nextDueMs(core.deps)).toBeGreaterThan(3_500_000);
    expect(core.chat.edits).toEqual([]);
  });

  it('has its spacing after an edit too, and does not hold up another channel', async () => {
    await using core = await createChat();
    const limits = { sendSpacingMs: 3_600_000 };
    const first = await request(core, sender('ann', { channel: 'a', limits }), 'a fox');
    await request(core, sender('ann', { channel: 'b', limits }), 'a cat');
    await deliverAll(core);
    await raise(core, first);
    await core.sql`update channels set next_send_at = now()`;
    await deliverDue(core.deps);
    const slots = await core.sql`
      select name, next_send_at > now() + interval '50 minutes' as rests from channels order by name`;
    expect([...slots]).toEqual([
      { name: 'a', rests: true },
      { name: 'b', rests: false },
    ]);
  });

  it('shows what is final first', async () => {
    await using core = await createChat();
    await request(core, ann, 'slow');
    await request(core, ann, 'done');
    await core.sql`update postings set final = true where id = (select max(id) from postings)`;
    await deliverAll(core);
    expect(core.chat.sends.map(({ part }) => part.lines[0])).toEqual([{ verbatim: 'done' }, { verbatim: 'slow' }]);
  });

  it('is served by one process at a time', async () => {
    await using core = await createChat();
    const other = await core.otherProcess();
    const batch = await request(core, ann, 'a fox');
    await ripen(core);
    core.chat.hold();
    const sending = deliverDue(core.deps);
    await core.chat.held(1);
    await raise(core, batch);
    expect(await deliverDue(other)).toBe(0);
    expect(await deliverDue(core.deps)).toBe(0);
    core.chat.release();
    await sending;
    expect(core.chat.sends).toHaveLength(1);
  });

  it('is taken over from a process that died while it sent; the repeat says so, with the same key', async () => {
    await using core = await createChat();
    const other = await core.otherProcess();
    const batch = await request(core, ann, 'a fox');
    await ripen(core);
    core.chat.hold();
    const dying = deliverDue(core.deps);
    await core.chat.held(1);
    await raise(core, batch);
    await core.sql`update workers set seen_at = now() - interval '1 minute' where id = ${core.deps.workerId}`;
    const heir = deliverDue(other);
    await core.chat.held(2);
    core.chat.release();
    await Promise.all([dying, heir]);
    expect(core.chat.sends.map(({ attempt }) => attempt.repeat)).toEqual([true, true]);
    expect(new Set(core.chat.sends.map(({ attempt }) => attempt.key)).size).toBe(1);
    expect(core.chat.messages()).toHaveLength(1);
  });

  it('that is gone is marked and left alone, until somebody asks there again', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('gone', 'no such channel', { retryable: false }));
    await deliverAll(core);
    await raise(core, batch);
    await deliverAll(core);
    expect(core.chat.sends).toHaveLength(1);
    expect(await nextDueMs(core.deps)).toBeUndefined();
    expect([...(await core.sql`select gone_at is not null as gone from channels`)]).toEqual([{ gone: true }]);
    await request(core, ann, 'a cat');
    await deliverAll(core);
    expect(core.chat.messages()).toHaveLength(2);
  });
});
