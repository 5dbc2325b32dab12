import { describe, expect, it } from 'vitest';
import type { Deps } from '#core/deps.ts';
import { deliverDue } from '#core/postings/deliver.ts';
import { ann, createChat, deliverAll, postingsOf, raise, ripen } from '#tests/core/postings/chat.ts';
import { request, sender } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

describe('a card', () => {
  it("is posted by the outbox when the command's own reply was never shown", async () => {
    await using core = await createChat();
    await request(core, ann, 'a fox');
    expect(await deliverDue(core.deps)).toBe(0);
    await ripen(core);
    expect(await deliverDue(core.deps)).toBe(1);
    expect(core.chat.messages()).toHaveLength(1);
    const [posting] = await core.sql`select id from postings`;
    expect(core.chat.messages()[0]).toMatchObject({ key: `posting-${posting?.id}`, edits: 0 });
  });

  it('is edited, never sent again, when the reply was shown', async () => {
    await using core = await createChat();
    await core.chat.call(ann, '/imagine a fox --n 2');
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(core.chat.sends.filter(({ part }) => part.progress)).toEqual([]);
    const cards = core.chat.messages().filter(({ part }) => part.progress);
    expect(cards).toHaveLength(1);
    expect(cards[0]?.part).toMatchObject({ progress: { done: 2, total: 2 }, title: { key: 'card.done' } });
  });

  it('shows at last what changed while a send was under way', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox --n 2');
    await ripen(core);
    core.chat.hold();
    const sending = deliverDue(core.deps);
    await core.chat.held(1);
    await core.queue.run(core.deps);
    core.chat.release();
    await sending;
    expect(core.chat.messages()[0]?.part.progress).toEqual({ done: 0, total: 2 });
    await deliverAll(core);
    expect(core.chat.messages()[0]?.part.progress).toEqual({ done: 2, total: 2 });
    expect([...(await core.sql`select 1 from postings where batch_id = ${batch} and wanted > shown`)]).toEqual([]);
  });

  it('takes many changes in one edit', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox');
    await deliverAll(core);
    for (let change = 0; change < 5; change += 1) await raise(core, batch);
    await deliverAll(core);
    expect([core.chat.sends.length, core.chat.edits.length]).toEqual([1, 1]);
    expect((await postingsOf(core))[0]).toMatchObject({ wanted: 6, shown: 6, attempts: 0 });
  });

  it('has its last state shown, whatever changes and deliveries come at the same time', async () => {
    await using core = await createChat({ providers: [createFakeProvider({ concurrency: 3 })] });
    const other = await core.otherProcess();
    const batches = await Promise.all(
      ['a', 'b', 'c'].map((channel) => request(core, sender('ann', { channel }), 'a fox --n 6')),
    );
    let busy = true;
    const outbox = async (deps: Deps) => {
      while (busy) {
        await ripen(core);
        await deliverDue(deps);
      }
    };
    const outboxes = [outbox(core.deps), outbox(other)];
    await core.queue.run(core.deps);
    busy = false;
    await Promise.all(outboxes);
    await deliverAll(core);
    const cards = core.chat.messages().filter(({ part }) => part.progress);
    expect(cards).toHaveLength(batches.length);
    for (const { part } of cards) {
      expect(part).toMatchObject({ progress: { done: 6, total: 6 }, title: { key: 'card.done' } });
      expect(part.images).toHaveLength(1);
    }
  });
});
