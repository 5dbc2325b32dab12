import { describe, expect, it } from 'vitest';
import { createChatCore } from '#core/chat-core.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import { nextDueMs } from '#core/postings/claim-channels.ts';
import { deliverDue } from '#core/postings/deliver.ts';
import { rerouteGone } from '#core/postings/reroute.ts';
import { ann, createChat, deliverAll, raise, ripen } from '#tests/core/postings/chat.ts';
import { keysOf, request, say, sender } from '#tests/factories.ts';

/** Where the card of each batch is, or is to be. */
async function channelsOf({ sql }: Awaited<ReturnType<typeof createChat>>): Promise<Record<string, string>> {
  const postings = await sql`select batch_id, conversation ->> 'channel' as channel from postings`;
  return Object.fromEntries(postings.map(({ batch_id, channel }) => [batch_id, channel]));
}

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

  it.each(['gone', 'forbidden'] as const)(
    'that is %s is marked once; what is owed there goes to who asked',
    async (reason) => {
      await using core = await createChat();
      const batch = await request(core, ann, 'a fox');
      core.chat.failNext(new DeliveryError(reason, 'no such channel', { retryable: false }));
      await deliverAll(core);
      expect(core.chat.sends.map(({ to }) => to.channel)).toEqual(['home/general', 'home/direct/ann']);
      const gone = await core.sql`select name, gone_at is not null as gone from channels order by name`;
      expect([...gone]).toEqual([
        { name: 'ann', gone: false },
        { name: 'general', gone: true },
      ]);
      await core.queue.run(core.deps);
      await deliverAll(core);
      const [card, gallery] = core.chat.messages();
      expect(card?.part).toMatchObject({ title: { key: 'card.done' } });
      expect(card?.part.lines).toContainEqual({ key: 'delivery.rerouted' });
      expect(gallery).toMatchObject({ conversation: { channel: 'home/direct/ann' } });
      expect(gallery?.part.images).toHaveLength(1);
      expect([...(await core.sql`select 1 from postings where batch_id = ${batch} and failure is not null`)]).toEqual(
        [],
      );
      await request(core, ann, 'a cat');
      await deliverAll(core);
      expect(core.chat.messages().at(-1)?.conversation.channel).toBe('home/general');
    },
  );

  it('is back where somebody asked in it after it was found gone, and before that was known everywhere', async () => {
    await using core = await createChat();
    const before = await request(core, ann, 'a fox');
    await core.sql`update channels set gone_at = now()`;
    const after = await request(core, ann, 'a cat');
    await rerouteGone(core.deps);
    await deliverAll(core);
    expect(await channelsOf(core)).toEqual({ [before]: 'home/direct/ann', [after]: 'home/general' });
    expect(core.chat.messages()).toHaveLength(2);
    expect([...(await core.sql`select 1 from channels where gone_at is not null`)]).toEqual([]);
  });

  it('is back where somebody asked in it while the try was under way that found it gone', async () => {
    await using core = await createChat();
    const before = await request(core, ann, 'a fox');
    core.chat.hold();
    core.chat.failNext(new DeliveryError('gone', 'the app was removed', { retryable: false }));
    const delivering = deliverAll(core);
    await core.chat.held(1);
    const after = await request(core, ann, 'a cat');
    core.chat.release();
    await delivering;
    await deliverAll(core);
    expect(await channelsOf(core)).toEqual({ [before]: 'home/direct/ann', [after]: 'home/general' });
  });

  it('of a workspace that the bot was taken out of begins the 30 days of that one, which end where it is back', async () => {
    await using core = await createChat();
    await request(core, sender('cy', { workspace: 'two' }), 'a cat');
    await deliverAll(core);
    await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('removed', 'taken out', { retryable: false }));
    await deliverAll(core);
    const gone = async () =>
      (await core.sql`select platform_id as id from workspaces where gone_at is not null`).map(({ id }) => id);
    expect(await gone()).toEqual(['home']);
    const chat = createChatCore(core.deps);
    await chat.onReturned('fake', 'two');
    expect(await gone()).toEqual(['home']);
    await chat.onReturned('fake', 'home');
    expect(await gone()).toEqual([]);
    await chat.onRemoved('fake', 'two');
    expect(await gone()).toEqual(['two']);
  });

  it('that is gone, of a person who takes no messages either, is given up: the pictures stay to be shown', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    core.chat.failNext(new DeliveryError('gone', 'no such channel', { retryable: false }));
    core.chat.failNext(new DeliveryError('forbidden', 'blocked', { retryable: false }));
    await deliverAll(core);
    expect(core.chat.messages()).toEqual([]);
    expect(await nextDueMs(core.deps)).toBeUndefined();
    const given = await core.sql`select distinct failure, wanted = shown as ended from postings`;
    expect([...given]).toEqual([{ failure: 'gone', ended: true }]);
    const shown = await say(core, ann, `/show ${batch}`);
    expect(keysOf(shown)).toEqual(['commands.show.done']);
    await deliverAll(core);
    expect(core.chat.messages().map(({ part }) => part.images.length)).toEqual([1]);
  });

  it('is asked again for the person when the platform could not be reached just then', async () => {
    await using core = await createChat();
    await request(core, ann, 'a fox');
    core.chat.failNext(new DeliveryError('gone', 'no such channel', { retryable: false }));
    core.chat.failNext(new DeliveryError('network', 'cut', { retryable: true }));
    await deliverAll(core);
    expect(core.chat.messages()).toEqual([]);
    await rerouteGone(core.deps);
    await deliverAll(core);
    expect(core.chat.messages()).toHaveLength(1);
  });
});

describe('a channel where replies count', () => {
  const spaced = { sendSpacingMs: 3_600_000, repliesCount: true };

  it('shows the first card as the reply, and leaves the next to the outbox in its turn', async () => {
    await using core = await createChat();
    const ann = sender('ann', { limits: spaced });
    const first = await core.chat.call(ann, '/imagine a fox');
    const second = await core.chat.call(sender('ben', { limits: spaced }), '/imagine a cat');
    expect([first.kind, second.kind]).toEqual(['message', 'later']);
    expect(core.chat.messages()).toHaveLength(1);
    await deliverAll(core);
    expect(core.chat.messages().filter(({ part }) => part.progress)).toHaveLength(2);
  });

  it('is not held up by a card in another channel', async () => {
    await using core = await createChat();
    await core.chat.call(sender('ann', { limits: spaced }), '/imagine a fox');
    const other = await core.chat.call(sender('ann', { channel: 'b', limits: spaced }), '/imagine a fox');
    expect(other.kind).toBe('message');
  });
});
