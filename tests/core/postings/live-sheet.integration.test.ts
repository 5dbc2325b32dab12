import { describe, expect, it } from 'vitest';
import type { Sender } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import { ProviderError } from '#core/ports/images.ts';
import type { OutgoingImage } from '#core/ports/message.ts';
import { deliverDue } from '#core/postings/deliver.ts';
import { composeContactSheet, type SheetTile } from '#media/gallery.ts';
import { ann, createChat, deliverAll, raise, ripen } from '#tests/core/postings/chat.ts';
import { imagesOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider, type FakeProviderOptions } from '#tests/fakes/provider.ts';

type Chat = Awaited<ReturnType<typeof createChat>>;
const square = { width: 64, height: 64 };
const refused = () => new ProviderError('content_blocked', 'no', { retryable: false });

/** A batch whose pictures are all being made, and come when the test says so. */
async function begin(
  count: number,
  { who = ann, text = `a fox --n ${count}`, ...options }: FakeProviderOptions & { who?: Sender; text?: string } = {},
) {
  const model = { partials: false, deadlineMs: 120_000 };
  const provider = createFakeProvider({ gated: true, concurrency: count, models: [model], ...options });
  const core = await createChat({ providers: [provider] });
  const batch = await request(core, who, text);
  const made = core.queue.run(core.deps);
  await provider.called(count);
  const callOf = (number: number) => {
    const call = provider.calls.find(({ request: { seed } }) => seed === seeds.get(number));
    if (!call) throw new Error(`nobody asked for picture ${number}`);
    return call;
  };
  const seeds = new Map((await imagesOf(core, batch)).map(({ number, seed }) => [number, Number(seed)]));
  const ended = async (numbers: readonly number[]) => {
    const rows = await core.sql`select 1 from images where finished_at is not null and number = any(${[...numbers]})`;
    return rows.length === numbers.length;
  };
  return {
    core,
    batch,
    /** Resolves once these pictures are there. */
    async finish(...numbers: number[]) {
      for (const number of numbers) callOf(number).finish();
      await expect.poll(() => ended(numbers), { interval: 20, timeout: 20_000 }).toBe(true);
    },
    async fail(number: number) {
      callOf(number).fail(refused());
      await expect.poll(() => ended([number]), { interval: 20, timeout: 20_000 }).toBe(true);
    },
    async finishAll() {
      provider.finishAll();
      await made;
    },
    [Symbol.asyncDispose]: async () => {
      provider.finishAll();
      await made;
      await core[Symbol.asyncDispose]();
    },
  };
}

/** The pictures on the batch's card, and the bytes of the first. */
const picturesOn = ({ chat }: Chat): OutgoingImage[] =>
  chat.messages().find(({ part }) => part.progress)?.part.images ?? [];
const bytesOn = async (core: Chat) => Buffer.from(await core.deps.blobs.read(picturesOn(core)[0]?.blob ?? ''));
const blobOf = async ({ sql }: TestCore, batch: string) => {
  const [row] = await sql`select workspace_id from batches where id = ${batch}`;
  return `${row?.workspace_id}/partial-sheet-${batch}`;
};

/** The sheet as it has to look, drawn from the rows as a final one is. */
async function sheetFromRows(core: TestCore, batch: string, from = 1, to = Number.MAX_SAFE_INTEGER): Promise<Buffer> {
  const rows = (await imagesOf(core, batch)).filter(({ number }) => number >= from && number <= to);
  const tiles = rows.map(async ({ number, state, thumbnail }): Promise<SheetTile> => {
    const marks = { queued: 'waiting', dispatched: 'waiting', cancelled: 'cancelled' } as const;
    return {
      label: String(number),
      image: thumbnail === null ? null : await core.deps.blobs.read(thumbnail),
      state: marks[state as keyof typeof marks] ?? 'failed',
      size: square,
    };
  });
  return Buffer.from((await composeContactSheet(await Promise.all(tiles))).bytes);
}

describe('the card of a batch of twenty', () => {
  it('shows one sheet with every number, that fills in as pictures come and marks those that failed', async () => {
    await using running = await begin(20);
    const { core, batch, finish, fail } = running;
    await deliverAll(core);
    expect(picturesOn(core)).toEqual([]);
    await finish(3, 1, 4, 15, 9, 2, 6);
    await deliverAll(core);
    expect(picturesOn(core)).toHaveLength(1);
    expect(picturesOn(core)[0]).toMatchObject({
      type: 'jpeg',
      alt: { key: 'picture.liveSheetAlt', values: { done: 7, count: 20, prompt: 'a fox' } },
    });
    expect((await bytesOn(core)).equals(await sheetFromRows(core, batch))).toBe(true);
    await fail(20);
    await finish(5);
    await deliverAll(core);
    expect((await bytesOn(core)).equals(await sheetFromRows(core, batch))).toBe(true);
  });

  it('shows the newest preview of a picture that is being made', async () => {
    await using running = await begin(5, { models: [{ partials: true, deadlineMs: 120_000 }] });
    const { core, batch } = running;
    await expect
      .poll(() => core.sql`select 1 from images where partial is not null`.then((rows) => rows.length), {
        timeout: 20_000,
      })
      .toBe(5);
    await deliverAll(core);
    const first = await bytesOn(core);
    const previews = await core.sql<{ partial: string }[]>`select partial from images order by number`;
    const expected = async () => {
      const tiles = previews.map(async ({ partial }, index) => {
        return { label: String(index + 1), image: await core.deps.blobs.read(partial) };
      });
      return Buffer.from((await composeContactSheet(await Promise.all(tiles))).bytes);
    };
    expect(first.equals(await expected())).toBe(true);
    const [one, other] = previews.map(({ partial }) => partial);
    await core.deps.blobs.putTemporary(one ?? '', await core.deps.blobs.read(other ?? ''));
    await raise(core, batch);
    await deliverAll(core);
    expect((await bytesOn(core)).equals(first)).toBe(false);
    expect((await bytesOn(core)).equals(await expected())).toBe(true);
  });

  it('gives each sheet another name, and the same sheet the same', async () => {
    await using running = await begin(6);
    const { core, batch, finish } = running;
    await finish(1);
    await deliverAll(core);
    const first = picturesOn(core)[0];
    await raise(core, batch);
    await deliverAll(core);
    expect(picturesOn(core)[0]).toEqual(first);
    await finish(2);
    await deliverAll(core);
    expect(picturesOn(core)[0]?.blob).toBe(first?.blob);
    expect(picturesOn(core)[0]?.name).not.toBe(first?.name);
  });

  it('is drawn the same by a process that has nothing in memory, and by each as it goes on', async () => {
    await using running = await begin(20);
    const { core, batch, finish } = running;
    const other = await core.otherProcess();
    for (const [numbers, deps] of [
      [[2, 5], core.deps],
      [[1], other],
      [[20, 7, 8], core.deps],
      [[9], other],
    ] as const) {
      await finish(...numbers);
      await deliverAll(core, deps);
      expect((await bytesOn(core)).equals(await sheetFromRows(core, batch))).toBe(true);
      await raise(core, batch);
      await deliverAll(core, await core.otherProcess());
      expect((await bytesOn(core)).equals(await sheetFromRows(core, batch))).toBe(true);
    }
  });

  it('is shown without its sheet when that cannot be drawn', async () => {
    await using running = await begin(6);
    const { core, finish } = running;
    await finish(1);
    const putTemporary = () => Promise.reject(new Error('no room'));
    await deliverAll(core, { ...core.deps, blobs: { ...core.deps.blobs, putTemporary } });
    expect(core.chat.messages()[0]?.part).toMatchObject({ progress: { done: 1, total: 6 }, images: [] });
  });

  it('shows a picture whose file is gone as one that waits', async () => {
    await using running = await begin(6);
    const { core, batch, finish } = running;
    await finish(1, 2);
    const [row] = await imagesOf(core, batch);
    await core.deps.blobs.delete(row?.thumbnail ?? '');
    await deliverAll(core);
    const tiles = await Promise.all(
      (await imagesOf(core, batch)).map(async ({ number, thumbnail }) => ({
        label: String(number),
        image: number === 2 && thumbnail ? await core.deps.blobs.read(thumbnail) : null,
        state: 'waiting' as const,
        size: square,
      })),
    );
    expect((await bytesOn(core)).equals(Buffer.from((await composeContactSheet(tiles)).bytes))).toBe(true);
  });

  it('is text alone where pictures on a card are not affordable', async () => {
    await using running = await begin(6, { who: sender('ann', { limits: { liveImageEditMinMs: null } }) });
    const { core, batch, finish } = running;
    await finish(1, 2);
    await deliverAll(core);
    expect(core.chat.messages()[0]?.part).toMatchObject({ progress: { done: 2, total: 6 }, images: [] });
    await expect(core.deps.blobs.read(await blobOf(core, batch))).rejects.toThrow('no blob');
  });
});

describe('the card of a small batch', () => {
  it('shows its pictures one by one', async () => {
    await using running = await begin(4);
    const { core, batch, finish } = running;
    await finish(3, 2);
    await deliverAll(core);
    expect(picturesOn(core).map(({ name }) => name)).toEqual([`${batch}-2`, `${batch}-3`]);
  });
});

describe('the card of a batch with several sheets', () => {
  it('shows the one on which a picture ended last', async () => {
    const who = sender('ann', { role: 'owner' });
    await using running = await begin(80, { who, text: 'a fox --n 50\na cat --n 30' });
    const { core, batch, finish } = running;
    const at = async (from: number, to: number) => {
      await deliverAll(core);
      expect(picturesOn(core)).toHaveLength(1);
      expect((await bytesOn(core)).equals(await sheetFromRows(core, batch, from, to))).toBe(true);
    };
    await finish(1);
    await at(1, 50);
    await finish(75);
    await at(51, 80);
    await finish(2);
    await at(1, 50);
  });
});

describe('the sheet of a running batch', () => {
  const isGone = async (core: TestCore, batch: string) => {
    const blob = await blobOf(core, batch);
    return core.deps.blobs.read(blob).then(
      () => false,
      () => true,
    );
  };

  it('is deleted once the card shows the final ones', async () => {
    await using running = await begin(20);
    const { core, batch, finish, finishAll } = running;
    await finish(1);
    await deliverAll(core);
    expect(await isGone(core, batch)).toBe(false);
    await finishAll();
    await deliverAll(core);
    expect(picturesOn(core).map(({ name }) => name)).toEqual([`${batch}-sheet-1.jpg`]);
    expect((await bytesOn(core)).equals(await sheetFromRows(core, batch))).toBe(true);
    expect(await isGone(core, batch)).toBe(true);
  });

  it('is deleted when its batch is cancelled', async () => {
    await using running = await begin(6);
    const { core, batch, finish, finishAll } = running;
    await finish(1, 2);
    await deliverAll(core);
    await say(core, ann, `/cancel ${batch}`);
    await deliverAll(core);
    expect((await bytesOn(core)).equals(await sheetFromRows(core, batch))).toBe(true);
    await finishAll();
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(picturesOn(core)[0]?.alt).toMatchObject({ key: 'picture.sheetAlt' });
    expect(await isGone(core, batch)).toBe(true);
  });

  it('is deleted by the process that comes after one that died before it had written down that the card is final', async () => {
    await using running = await begin(6);
    const { core, batch, finish, finishAll } = running;
    await finish(1);
    await deliverAll(core);
    await finishAll();
    const dying = { ...core.deps.blobs, delete: () => Promise.reject(new Error('dead')) };
    await ripen(core);
    await deliverDue({ ...core.deps, blobs: dying });
    await ripen(core);
    await deliverDue({ ...core.deps, blobs: dying });
    expect(picturesOn(core)[0]?.alt).toMatchObject({ key: 'picture.sheetAlt' });
    expect(await isGone(core, batch)).toBe(false);
    await deliverAll(core, await core.otherProcess());
    expect(await isGone(core, batch)).toBe(true);
  });

  it('is deleted when the card is given up, also where the person cannot be written to instead', async () => {
    for (const reason of ['bad_request', 'gone'] as const) {
      await using running = await begin(6);
      const { core, batch, finish, finishAll } = running;
      await finish(1);
      await deliverAll(core);
      await finishAll();
      core.chat.failNext(new DeliveryError(reason, 'no', { retryable: false }), 9);
      await deliverAll(core);
      expect([...(await core.sql`select 1 from postings where wanted > shown`)]).toEqual([]);
      expect(await isGone(core, batch)).toBe(true);
    }
  });
});

describe('edits of a card that shows pictures', () => {
  it('are as far apart as pictures are affordable, but for the last, which comes at once', async () => {
    const who = sender('ann', { limits: { liveImageEditMinMs: 3_600_000 } });
    await using running = await begin(6, { who });
    const { core, finish, finishAll } = running;
    await ripen(core);
    await deliverDue(core.deps);
    await finish(1);
    await core.sql`update channels set next_send_at = now()`;
    expect(await deliverDue(core.deps)).toBe(1);
    expect(picturesOn(core)[0]?.alt).toMatchObject({ values: { done: 1 } });
    await finish(2);
    await core.sql`update channels set next_send_at = now()`;
    expect(await deliverDue(core.deps)).toBe(0);
    await finishAll();
    for (const _ of ['gallery', 'card']) {
      await core.sql`update channels set next_send_at = now()`;
      expect(await deliverDue(core.deps)).toBe(1);
    }
    expect(picturesOn(core)[0]?.alt).toMatchObject({ key: 'picture.sheetAlt' });
  });
});
