import { describe, expect, it } from 'vitest';
import { ProviderError } from '#core/ports/images.ts';
import type { Moderator } from '#core/ports/moderator.ts';
import { books, createTestCore, imagesOf, request, say, sender } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const mia = sender('mia');

function createFakeModerator(objections: readonly string[] = ['violence']) {
  const asked: string[] = [];
  const failures: ProviderError[] = [];
  const moderator: Moderator = {
    id: 'fake',
    deadlineMs: 1000,
    async moderate(text) {
      asked.push(text);
      const failure = failures.shift();
      if (failure) throw failure;
      return text.includes('gore') ? objections : [];
    },
  };
  return { moderator, asked, failures };
}

describe('a prompt that is objected to', () => {
  it('is not made and costs nothing, while the others of its batch are', async () => {
    const provider = createFakeProvider();
    const { moderator, asked } = createFakeModerator();
    await using core = await createTestCore({ providers: [provider], moderator });
    const id = await request(core, mia, '{gore, a lake} --n 2');
    await core.queue.run(core.deps);
    const rows = await imagesOf(core, id);
    expect(rows.map(({ state }) => state)).toEqual(['blocked', 'blocked', 'succeeded', 'succeeded']);
    expect(provider.calls.map(({ request: { prompt } }) => prompt)).toEqual(['a lake', 'a lake']);
    expect(new Set(asked)).toEqual(new Set(['gore', 'a lake']));
    expect(await books(core)).toMatchObject({ reserve: 4, settle: 2, refund: 2, held: 0, spent: 2 });
  });

  it('is looked at again where the service failed, and nothing is made unseen', async () => {
    const provider = createFakeProvider();
    const { moderator, failures } = createFakeModerator();
    await using core = await createTestCore({ providers: [provider], moderator });
    failures.push(new ProviderError('auth', 'no key', { retryable: false }));
    const id = await request(core, mia, 'a lake');
    await core.queue.run(core.deps);
    expect((await imagesOf(core, id)).map(({ state }) => state)).toEqual(['succeeded']);
    failures.push(...Array.from({ length: 9 }, () => new ProviderError('network', 'cut', { retryable: true })));
    const other = await request(core, mia, 'a hill');
    await core.queue.run(core.deps);
    expect((await imagesOf(core, other)).map(({ state }) => state)).toEqual(['failed']);
    expect(provider.calls).toHaveLength(1);
    expect(await books(core)).toMatchObject({ reserve: 2, settle: 1, refund: 1, held: 0 });
  });

  it('is not asked about again when its picture is only enlarged', async () => {
    const { moderator, asked } = createFakeModerator([]);
    await using core = await createTestCore({ moderator });
    const id = await request(core, mia, 'gore');
    await core.queue.run(core.deps);
    const before = asked.length;
    await say(core, mia, `/upscale ${id}`);
    await core.queue.run(core.deps);
    expect(asked).toHaveLength(before);
  });
});
