import { describe, expect, it } from 'vitest';
import { DeliveryError, type RateBudget, type Urgency } from '#core/ports/delivery.ts';
import { nextDueMs } from '#core/postings/claim-channels.ts';
import { deliverDue, startDeliveries } from '#core/postings/deliver.ts';
import { blockBudget, keepForFinal } from '#core/postings/hold-budgets.ts';
import { settleBudgets, takeBudgets } from '#core/postings/take-budgets.ts';
import { deliverAll, raise, ripen } from '#tests/core/postings/chat.ts';
import { createTestCore, request, sender, type TestCore } from '#tests/factories.ts';
import { createFakePlatform, type FakePlatform, type FakePlatformOptions } from '#tests/fakes/platform.ts';

const hour = 3_600_000;
const budget = (limit: number, cost = 1, key = 'all'): RateBudget => {
  return { key, limit, windowMs: hour, cost, progressLimit: Math.max(1, Math.floor(limit / 2)) };
};
const rooms = (count: number) => Array.from({ length: count }, (_, index) => `room-${index}`);

async function createPaced(budgets: FakePlatformOptions['budgets'] = []) {
  const chat = createFakePlatform({ budgets });
  return { chat, core: await createTestCore({ platforms: [chat.platform] }) };
}

async function askIn(core: TestCore, channels: readonly string[]): Promise<string[]> {
  const batches: string[] = [];
  for (const channel of channels) batches.push(await request(core, sender('ann', { channel }), `in ${channel}`));
  await ripen(core);
  return batches;
}

const sayFinal = (core: TestCore, batch: string | undefined) =>
  core.sql`update postings set final = true, due_at = now() where batch_id = ${batch ?? ''}`;

/** Everything that was taken has left its window. */
const passWindow = (core: TestCore) => core.sql`update rate_budgets set taken_at = '{}'`;

async function deliverFrom(...processes: TestCore['deps'][]): Promise<void> {
  for (;;) {
    const served = await Promise.all(processes.map((deps) => deliverDue(deps)));
    if (served.every((count) => count === 0)) return;
  }
}

/** All that is due by itself, where no channel rests after a send. */
async function deliverUnspaced(core: TestCore): Promise<void> {
  do await core.sql`update channels set next_send_at = now()`;
  while ((await deliverDue(core.deps)) > 0);
}

describe('what is owed in many channels', () => {
  it('goes out no faster than the budget allows, whichever of two processes sends it', async () => {
    const { chat, core } = await createPaced([budget(10)]);
    await using _ = core;
    await askIn(core, rooms(14));
    await deliverFrom(core.deps, await core.otherProcess());
    expect(chat.sends).toHaveLength(10);
    expect(await nextDueMs(core.deps)).toBeGreaterThan(hour / 2);
  });

  it('waits in every process once one of them was told to wait', async () => {
    const { chat, core } = await createPaced([budget(1000)]);
    await using _ = core;
    const other = await core.otherProcess();
    await askIn(core, rooms(1));
    const told = { retryable: true, retryAfterMs: hour, budget: 'all' };
    chat.failNext(new DeliveryError('rate_limited', 'slow down', told));
    await deliverDue(core.deps);
    await askIn(core, rooms(5));
    await deliverFrom(other);
    expect(chat.sends).toHaveLength(1);
    expect(await nextDueMs(other)).toBeGreaterThan(0.9 * hour);
  });

  it('lets what is final overtake the progress that waits for the same budget', async () => {
    const { chat, core } = await createPaced(({ kind }) => (kind === 'edit' ? [budget(4)] : []));
    await using _ = core;
    const batches = await askIn(core, rooms(10));
    await deliverFrom(core.deps);
    for (const batch of batches) await raise(core, batch);
    await ripen(core);
    await deliverFrom(core.deps);
    expect(chat.edits).toHaveLength(2);
    const [waiting] = await core.sql`select batch_id from postings where wanted > shown order by id desc limit 1`;
    await ripen(core);
    await sayFinal(core, waiting?.batch_id);
    await deliverFrom(await core.otherProcess());
    expect(chat.edits.at(-1)?.part.lines[0]).toEqual({ verbatim: `in room-${batches.indexOf(waiting?.batch_id)}` });
    expect(chat.edits).toHaveLength(3);
  });

  it('begins with the channels where something final is, when there are more than a process serves at once', async () => {
    const { chat, core } = await createPaced();
    await using _ = core;
    const batches = await askIn(core, rooms(20));
    await sayFinal(core, batches[19]);
    await deliverDue(core.deps);
    expect(chat.sends.map(({ to }) => to.channel)).toContain('home/room-19');
    expect(chat.sends.length).toBeLessThan(20);
  });

  it('is not held up by a slow send elsewhere, and no more is under way than a process may', async () => {
    const { chat, core } = await createPaced();
    await using _ = core;
    await askIn(core, ['slow']);
    chat.hold();
    const slow = await startDeliveries(core.deps);
    await chat.held(1);
    expect(await nextDueMs(core.deps)).toBeUndefined();
    await askIn(core, rooms(12));
    const others = await startDeliveries(core.deps);
    await chat.held(1 + others.length);
    expect(others).toHaveLength(7);
    expect(await startDeliveries(core.deps)).toEqual([]);
    chat.release();
    await Promise.all([...slow, ...others]);
    await deliverAll(core);
    expect(chat.messages()).toHaveLength(13);
  });
});

describe('a card', () => {
  it('that is raised a hundred times is edited once, to its newest state', async () => {
    const { chat, core } = await createPaced();
    await using _ = core;
    const [batch = ''] = await askIn(core, rooms(1));
    await deliverAll(core);
    await Promise.all(Array.from({ length: 100 }, () => raise(core, batch)));
    await core.queue.run(core.deps);
    await core.sql`update postings set due_at = now() + interval '1 hour' where kind <> 'status'`;
    await deliverUnspaced(core);
    expect(chat.edits).toHaveLength(1);
    expect(chat.messages()[0]?.part.title).toMatchObject({ key: 'card.done' });
  });
});

describe('a batch that is done', () => {
  /** Until its pictures are owed, nothing but the card was shown. */
  async function finish(core: TestCore): Promise<void> {
    await core.queue.run(core.deps);
    await ripen(core);
  }
  const kinds = (chat: FakePlatform) => chat.sends.slice(1).map(({ part }) => part.images.length);

  it('shows its pictures before its card says so', async () => {
    const { chat, core } = await createPaced();
    await using _ = core;
    await askIn(core, rooms(1));
    await deliverFrom(core.deps);
    await finish(core);
    await deliverDue(core.deps);
    expect(kinds(chat)).toEqual([1]);
    await deliverAll(core);
    expect(chat.edits.at(-1)?.part.title).toMatchObject({ key: 'card.done' });
  });

  it('shows what follows its pictures after them, also where they have to wait', async () => {
    const { chat, core } = await createPaced(({ images }) => [budget(2, Math.max(1, images))]);
    await using _ = core;
    await request(core, sender('ann', { limits: { imagesPerMessage: 2 } }), 'a fox --n 3');
    await ripen(core);
    await deliverFrom(core.deps);
    await finish(core);
    await deliverFrom(core.deps);
    expect(kinds(chat)).toEqual([]);
    for (const _ of rooms(3)) {
      await passWindow(core);
      await ripen(core);
      await deliverFrom(core.deps);
    }
    expect(kinds(chat)).toEqual([2, 1]);
  });

  it('has its card say so without waiting as long as progress would have to', async () => {
    const { chat, core } = await createPaced(({ urgency }) => (urgency === 'progress' ? [budget(1)] : []));
    await using _ = core;
    await blockBudget(core.deps, 'fake', 'all', hour);
    const [batch = ''] = await askIn(core, rooms(1));
    await deliverFrom(core.deps);
    await raise(core, batch);
    await deliverUnspaced(core);
    expect(chat.edits).toHaveLength(0);
    await core.queue.run(core.deps);
    await deliverUnspaced(core);
    expect(chat.edits.at(-1)?.part.title).toMatchObject({ key: 'card.done' });
  });
});

describe('a budget that something large and final waits for', () => {
  async function take(core: TestCore, wanted: RateBudget[], urgency: Urgency): Promise<number> {
    const took = await takeBudgets(core.deps, 'fake', wanted, { urgency });
    if ('waitMs' in took) return took.waitMs;
    await settleBudgets(core.deps, took.taken);
    return 0;
  }

  it('is left alone by all else, which would go on taking what it waits for', async () => {
    const { core } = await createPaced();
    await using _ = core;
    const album = [budget(10, 10), budget(1000, 1, 'roomy')];
    expect(await take(core, [budget(10)], 'progress')).toBe(0);
    expect(await take(core, album, 'final')).toBeGreaterThan(0);
    expect(await take(core, [budget(10)], 'progress')).toBe(0);
    await keepForFinal(core.deps, 'fake', album);
    expect(await take(core, [budget(10)], 'progress')).toBeGreaterThan(0.9 * hour);
    expect(await take(core, [budget(10)], 'first')).toBeGreaterThan(0.9 * hour);
    expect(await take(core, [budget(1000, 1, 'roomy')], 'progress')).toBe(0);
    await passWindow(core);
    expect(await take(core, [budget(10)], 'progress')).toBeGreaterThan(0.9 * hour);
    expect(await take(core, album, 'final')).toBe(0);
  });

  it('is free for progress again when nothing final came for it', async () => {
    const { core } = await createPaced();
    await using _ = core;
    await take(core, [budget(1)], 'final');
    await keepForFinal(core.deps, 'fake', [budget(1)]);
    await passWindow(core);
    await core.sql`update rate_budgets set next_at = now() - interval '1 second'`;
    expect(await take(core, [budget(1)], 'progress')).toBe(0);
  });
});
