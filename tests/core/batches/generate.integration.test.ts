import { describe, expect, it } from 'vitest';
import { generateImage } from '#core/batches/generate-image.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { readEaselMetadata } from '#media/easel-metadata.ts';
import { inspectImage } from '#media/inspect-image.ts';
import { ann, card, dispatched, noSignal } from '#tests/core/batches/dispatched.ts';
import { books, createTestCore, imagesOf, request } from '#tests/factories.ts';
import { createFakeProvider, fakeModel } from '#tests/fakes/provider.ts';

const lineKeys = (message: OutgoingMessage) => message.lines.flatMap((line) => ('key' in line ? [line.key] : []));

describe('a picture that comes', () => {
  it('is stored with its thumbnail and our metadata, and settled once', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a red fox --seed 7 --n 2 --ar 3:2');
    await core.queue.run(core.deps);
    const rows = await imagesOf(core, batch);
    expect(rows.map(({ state, attempts, seed }) => ({ state, attempts, seed }))).toEqual([
      { state: 'succeeded', attempts: 1, seed: '7' },
      { state: 'succeeded', attempts: 1, seed: '8' },
    ]);
    const bytes = await core.deps.blobs.read(rows[0]?.original ?? '');
    expect(await readEaselMetadata(bytes)).toEqual({ prompt: 'a red fox', model: 'fake', seed: 7 });
    const thumbnail = await inspectImage(await core.deps.blobs.read(rows[0]?.thumbnail ?? ''));
    expect(Math.max(thumbnail.width, thumbnail.height)).toBeLessThanOrEqual(256);
    expect(await books(core)).toEqual({ reserve: 2, settle: 2, refund: 0, held: 0, spent: 2 });
    const money = await core.sql`select distinct money_micros::int, currency from ledger where kind = 'settle'`;
    expect([...money]).toEqual([{ money_micros: fakeModel.costMicros, currency: 'USD' }]);
  });

  it('is asked for once when its job runs twice at the same time, in one process and in two', async () => {
    const provider = createFakeProvider({ gated: true });
    await using core = await createTestCore({ providers: [provider] });
    const other = await core.otherProcess();
    const { batch, job } = await dispatched(core, 'a fox');
    const first = generateImage(core.deps, job, noSignal());
    await provider.called(1);
    await Promise.all([generateImage(core.deps, job, noSignal()), generateImage(other, job, noSignal())]);
    provider.finishAll();
    await first;
    expect(provider.calls).toHaveLength(1);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'succeeded', attempts: 1 });
    expect(await books(core)).toMatchObject({ settle: 1 });
  });

  it('is not asked for again when its job runs again afterwards', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const { job } = await dispatched(core, 'a fox');
    await generateImage(core.deps, job, noSignal());
    await generateImage(core.deps, job, noSignal());
    await generateImage(await core.otherProcess(), job, noSignal());
    expect(provider.calls).toHaveLength(1);
    expect(await books(core)).toMatchObject({ settle: 1, refund: 0, spent: 1 });
  });

  it('is made by another process once its own has been silent', async () => {
    const provider = createFakeProvider({ gated: true });
    await using core = await createTestCore({ providers: [provider] });
    const other = await core.otherProcess();
    const { batch, job } = await dispatched(core, 'a fox');
    const dead = generateImage(core.deps, job, noSignal());
    await provider.called(1);
    await core.sql`update workers set seen_at = now() - interval '1 minute' where id = ${core.deps.workerId}`;
    const heir = generateImage(other, job, noSignal());
    await provider.called(2);
    provider.finishAll();
    await Promise.all([dead, heir]);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect(new Set(provider.calls.map((call) => call.key)).size).toBe(1);
    expect(await books(core)).toEqual({ reserve: 1, settle: 1, refund: 0, held: 0, spent: 1 });
  });

  it('tells the card what the model left out', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider({ models: [{ seeds: false }] })] });
    const batch = await request(core, ann, 'a fox --seed 7');
    await core.queue.run(core.deps);
    expect(lineKeys(await card(core, ann, batch))).toContain('warnings.seed_ignored');
  });

  it('asks a model without seeds for none unless the person did', async () => {
    const provider = createFakeProvider({ models: [{ seeds: false }] });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox\na cat --seed 7');
    await core.queue.run(core.deps);
    expect(provider.calls.map((call) => call.request.seed).sort()).toEqual([7, undefined]);
    expect((await imagesOf(core, batch)).map((row) => row.warnings)).toEqual([[], ['seed_ignored']]);
  });

  it('says on the card when the shape is not the one asked for', async () => {
    const sizes = { kind: 'list', sizes: [{ width: 1024, height: 1024 }] } as const;
    await using core = await createTestCore({ providers: [createFakeProvider({ models: [{ sizes }] })] });
    const batch = await request(core, ann, 'a fox --ar 16:9');
    await core.queue.run(core.deps);
    expect(lineKeys(await card(core, ann, batch))).toContain('warnings.size_changed');
  });
});
