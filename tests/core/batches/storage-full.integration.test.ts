import { describe, expect, it } from 'vitest';
import { StorageFullError } from '#core/ports/blobs.ts';
import { ann, card } from '#tests/core/batches/dispatched.ts';
import { books, createTestCore, imagesOf, keysOf, request, say } from '#tests/factories.ts';
import { createFakePlatform } from '#tests/fakes/platform.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { fourColors } from '#tests/media/pictures.ts';

const refuse = () => Promise.reject(new StorageFullError());

describe('a disk without room', () => {
  it('fails the picture that was just made, says so, pays it back, and has it made no second time', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox --n 3');
    const { put } = core.deps.blobs;
    core.deps.blobs.put = refuse;
    await core.queue.run(core.deps);
    core.deps.blobs.put = put;
    expect(provider.calls).toHaveLength(3);
    expect((await imagesOf(core, batch)).map(({ state, failure }) => `${state} ${failure}`)).toEqual(
      Array(3).fill('failed storage_full'),
    );
    expect(await books(core)).toEqual({ reserve: 3, settle: 0, refund: 3, held: 0, spent: 0 });
    expect((await card(core, ann, batch)).lines).toContainEqual(
      expect.objectContaining({
        key: 'card.failure',
        values: expect.objectContaining({ reason: { key: 'errors.provider.storage_full' } }),
      }),
    );
  });

  it('keeps pictures waiting, with nothing paid and no try counted; they are made once there is room', async () => {
    const provider = createFakeProvider({ concurrency: 2 });
    await using core = await createTestCore({ providers: [provider] });
    const { blobs } = core.deps;
    const { hasRoom } = blobs;
    blobs.hasRoom = async () => false;
    const batch = await request(core, ann, 'a fox --n 5');
    await core.queue.run(core.deps);
    expect(provider.calls).toEqual([]);
    const waiting = await imagesOf(core, batch);
    expect(waiting.filter(({ state, attempts }) => state === 'dispatched' && attempts === 0)).toHaveLength(2);
    expect(waiting.filter(({ state }) => state === 'queued')).toHaveLength(3);
    expect((await card(core, ann, batch)).lines).toContainEqual({ key: 'card.paused' });

    blobs.hasRoom = hasRoom;
    await core.sql`update dispatch_clocks set paused_until = now()`;
    core.queue.ripen();
    await core.queue.run(core.deps);
    expect((await imagesOf(core, batch)).map(({ state }) => state)).toEqual(Array(5).fill('succeeded'));
    expect(await books(core)).toEqual({ reserve: 5, settle: 5, refund: 0, held: 0, spent: 5 });
  });

  it('answers an attached picture with a sentence, and nothing is charged', async () => {
    const chat = createFakePlatform();
    await using core = await createTestCore({ platforms: [chat.platform] });
    const bytes = await fourColors(64, 64).png().toBuffer();
    chat.store.files.set('fox', bytes);
    const file = { name: 'fox.png', type: 'image/png', bytes: bytes.length, locator: 'fox' };
    core.deps.blobs.put = refuse;
    const reply = await say(core, ann, '/imagine a fox', { files: [file] });
    expect(keysOf(reply)).toEqual(['errors.storage.full']);
    expect(await books(core)).toEqual({ reserve: 0, settle: 0, refund: 0, held: 0, spent: 0 });
  });
});
