import { expect, it } from 'vitest';
import { createTestCore, keysOf, request, say, sender } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const owner = sender('olga', { role: 'owner' });

it('who runs a workspace sees what a month has cost by day, person and model, in words and as a chart', async () => {
  let now = new Date('2026-05-03T10:00:00Z');
  const provider = createFakeProvider({
    models: [
      { id: 'one', costMicros: 10_000 },
      { id: 'two', credits: 2, costMicros: 40_000 },
    ],
  });
  await using core = await createTestCore({ now: () => now, providers: [provider] });
  await request(core, sender('ann'), 'a fox --n 3');
  await request(core, sender('ben'), 'a fox --model two');
  await core.queue.run(core.deps);
  now = new Date('2026-05-04T10:00:00Z');
  await request(core, sender('ann'), 'a cat');
  await core.queue.run(core.deps);
  now = new Date('2026-06-01T10:00:00Z');
  await request(core, sender('ann'), 'a dog');
  await core.queue.run(core.deps);

  const reply = await say(core, owner, '/admin usage 2026-05');
  if (reply.kind !== 'message') throw new Error('no answer');
  const { lines, fields, images, audience } = reply.message;
  expect(audience).toBe('private');
  expect(lines).toEqual([
    {
      key: 'usage.days',
      values: {
        days: {
          list: [
            { key: 'usage.day', values: { day: 3, credits: 5 } },
            { key: 'usage.day', values: { day: 4, credits: 1 } },
          ],
        },
      },
    },
  ]);
  const used = (count: number, credits: number, micros: number) => ({
    key: 'usage.used',
    values: { count, credits, money: { list: [{ micros, currency: 'USD' }] } },
  });
  expect(fields.map(({ label, value }) => ['verbatim' in label ? label.verbatim : 'all', value])).toEqual([
    ['all', used(5, 6, 80_000)],
    ['ann', used(4, 4, 40_000)],
    ['ben', used(1, 2, 40_000)],
    ['one', used(4, 4, 40_000)],
    ['two', used(1, 2, 40_000)],
  ]);
  const [chart] = images;
  const png = await core.deps.blobs.read(chart?.blob ?? '');
  expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  expect(await say(core, owner, '/admin usage')).toMatchObject({
    message: { fields: [{ value: used(1, 1, 10_000) }, {}, {}] },
  });
  expect(keysOf(await say(core, owner, '/admin usage 2026-04'))).toEqual(['usage.none']);
  expect(keysOf(await say(core, owner, '/admin usage may'))).toEqual(['errors.usage.month']);
  expect(keysOf(await say(core, sender('ann'), '/admin usage'))).toEqual(['errors.role.required']);
});
