import { describe, expect, it } from 'vitest';
import { DeliveryError } from '#core/ports/delivery.ts';
import { nextDueMs } from '#core/postings/claim-channels.ts';
import { deliverDue } from '#core/postings/deliver.ts';
import { ann, createChat, deliverAll, postingsOf, ripen } from '#tests/core/postings/chat.ts';
import { request } from '#tests/factories.ts';

describe('a send that fails', () => {
  it('waits as long as the platform asks, then is shown', async () => {
    await using core = await createChat();
    await request(core, ann, 'a fox');
    const retryAfterMs = 3_600_000;
    core.chat.failNext(new DeliveryError('rate_limited', 'slow down', { retryable: true, retryAfterMs }));
    await ripen(core);
    await deliverDue(core.deps);
    expect(await nextDueMs(core.deps)).toBeGreaterThan(retryAfterMs - 60_000);
    expect((await postingsOf(core))[0]).toMatchObject({ shown: 0, attempts: 1, failure: null });
    await deliverAll(core);
    expect(core.chat.messages()).toHaveLength(1);
    expect(core.chat.sends.map(({ attempt }) => attempt.repeat)).toEqual([true, true]);
  });

  it('whose answer was lost is not shown a second time', async () => {
    await using core = await createChat();
    await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('network', 'cut', { retryable: true }), 1, { shown: true });
    await deliverAll(core);
    expect(core.chat.sends).toHaveLength(2);
    expect(core.chat.messages()).toHaveLength(1);
    expect((await postingsOf(core))[0]).toMatchObject({ wanted: 1, shown: 1, sent: true });
  });

  it('whose answer was lost is brought to what has become of it meanwhile', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('network', 'cut', { retryable: true }), 1, { shown: true });
    await ripen(core);
    await deliverDue(core.deps);
    expect((await postingsOf(core))[0]).toMatchObject({ shown: 0, sent: false });
    expect(core.chat.messages()).toHaveLength(1);
    await core.chat.call(ann, `/cancel ${batch}`);
    await deliverAll(core);
    expect(core.chat.messages().map(({ part }) => part.title)).toContainEqual({
      key: 'card.cancelled',
      values: expect.anything(),
    });
    expect((await postingsOf(core)).every(({ wanted, shown }) => wanted === shown)).toBe(true);
  });

  it('waits where its platform is switched off, for a process that has it', async () => {
    await using core = await createChat();
    await request(core, ann, 'a fox');
    await deliverAll(core, { ...core.deps, platforms: new Map() });
    expect(await nextDueMs({ ...core.deps, platforms: new Map() })).toBeUndefined();
    expect((await postingsOf(core))[0]).toMatchObject({ shown: 0, attempts: 0, failure: null });
    await deliverAll(core);
    expect(core.chat.messages()).toHaveLength(1);
  });

  it('for good is recorded once and given up, and others are shown', async () => {
    await using core = await createChat();
    await request(core, ann, 'too much');
    await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('too_large', 'no', { retryable: false }));
    await deliverAll(core);
    await deliverAll(core);
    expect([...(await postingsOf(core))]).toMatchObject([
      { shown: 1, wanted: 1, failure: 'too_large', sent: false },
      { shown: 1, wanted: 1, failure: null, sent: true },
    ]);
    expect(core.chat.sends).toHaveLength(2);
  });

  it('again and again is given up after twelve tries', async () => {
    await using core = await createChat();
    await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('server', 'oops', { retryable: true }), 100);
    await deliverAll(core);
    expect(core.chat.sends).toHaveLength(12);
    expect((await postingsOf(core))[0]).toMatchObject({ failure: 'server', shown: 1 });
  });

  it('waits longer each time', async () => {
    await using core = await createChat();
    await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('server', 'oops', { retryable: true }), 3);
    const waits: number[] = [];
    for (let tried = 0; tried < 3; tried += 1) {
      await ripen(core);
      await deliverDue(core.deps);
      const [row] = await core.sql`select extract(epoch from due_at - now())::float8 as left from postings`;
      waits.push(row?.left);
    }
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
    expect(waits[2]).toBeGreaterThan(waits[1] ?? 0);
  });

  it('keeps what the platform saved between two calls of one send', async () => {
    await using core = await createChat();
    const handles: (string | undefined)[] = [];
    const real = core.chat.platform.send;
    core.chat.platform.send = async (to, part, attempt) => {
      handles.push(attempt.handle);
      await attempt.saveHandle('upload-1');
      return real(to, part, attempt);
    };
    await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('network', 'cut', { retryable: true }));
    await deliverAll(core);
    expect(handles).toEqual([undefined, 'upload-1']);
  });
});
