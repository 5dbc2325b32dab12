import { text } from 'node:stream/consumers';
import Papa from 'papaparse';
import { expect, it } from 'vitest';
import { openFile } from '#core/files/open-file.ts';
import type { Reply } from '#core/ports/chat.ts';
import { createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const owner = sender('olga', { role: 'owner' });

/** The bytes of what a usage answer shows. */
async function chartBytes(core: TestCore, line: string): Promise<{ png: Buffer; reply: Shown }> {
  const reply = await say(core, owner, line);
  if (reply.kind !== 'message') throw new Error('no answer');
  const png = Buffer.from(await core.deps.blobs.read(reply.message.images[0]?.blob ?? ''));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  return { png, reply };
}
type Shown = Extract<Reply, { kind: 'message' }>;

it('has a chart by day, person, model and cost, whose bars are numbered as what is listed, and buttons between them', async () => {
  const models = [
    { id: 'one', costMicros: 3_000_000 },
    { id: 'two', credits: 2, costMicros: 40_000 },
  ];
  await using core = await createTestCore({
    now: () => new Date('2026-05-03T10:00:00Z'),
    providers: [createFakeProvider({ models })],
  });
  await request(core, sender('ann'), 'a fox --n 3');
  await request(core, sender('ann'), 'a cat --model two');
  await request(core, sender('ben'), 'a fox --model two');
  await core.queue.run(core.deps);
  const seen = new Map<string, string>();
  for (const chart of ['day', 'person', 'model', 'cost']) {
    const { png, reply } = await chartBytes(core, `/admin usage 2026-05 ${chart}`);
    seen.set(chart, png.toString('base64'));
    const { fields, actions, images } = reply.message;
    expect(images[0]?.alt).toMatchObject({ key: `usage.alt.${chart}` });
    const labels = fields.flatMap(({ label }) => ('verbatim' in label ? [label.verbatim] : []));
    const number = (of: string, names: string[]) =>
      names.map((name, index) => (of === chart ? `${index + 1} · ${name}` : name));
    expect(labels).toEqual([...number('person', ['ann', 'ben']), ...number('model', ['two', 'one'])]);
    expect(actions.map(({ id }) => id)).toEqual([
      ...['day', 'person', 'model', 'cost'].filter((one) => one !== chart).map((one) => `admin usage 2026-05 ${one}`),
      'admin usage 2026-05 export',
    ]);
  }
  expect(new Set(seen.values()).size).toBe(4);
});

it('gives a month as a CSV file in which no name is a formula, to who runs the workspace alone', async () => {
  const now = () => new Date('2026-05-03T10:00:00Z');
  const models = [
    { id: 'one', costMicros: 10_000 },
    { id: 'two', credits: 2, costMicros: 45_000 },
  ];
  await using core = await createTestCore({ now, providers: [createFakeProvider({ models })] });
  await request(core, sender('=HYPERLINK("x")'), 'a fox --n 3');
  await request(core, sender('@ben'), 'a fox --model two');
  await request(core, sender('cy', { workspace: 'two' }), 'a fox');
  await core.queue.run(core.deps);
  const reply = await say(core, owner, '/admin usage export');
  const url =
    reply.kind === 'message' ? reply.message.lines.flatMap((line) => ('url' in line ? [line.url] : []))[0] : '';
  const [, token = '', name = ''] = /\/files\/([0-9a-f]{64})\/(.+)$/.exec(url ?? '') ?? [];
  expect(name).toBe('easel-usage-2026-05.csv');
  const file = await openFile(core.deps, token, name);
  if (typeof file?.read !== 'function') throw new Error('no file');
  const rows = Papa.parse<Record<string, string>>(await text(file.read()), { header: true, skipEmptyLines: true }).data;
  expect(rows.map(({ personId, ...row }) => [personId?.length, ...Object.values(row)]).toSorted()).toEqual([
    [36, '2026-05-03', `'=HYPERLINK("x")`, 'one', '3', '3', '0.03', 'USD'],
    [36, '2026-05-03', `'@ben`, 'two', '1', '2', '0.045', 'USD'],
  ]);
  for (const other of ['easel-usage-2026-13.csv', 'easel-audit.csv', 'easel-export.zip'])
    expect(await openFile(core.deps, token, other)).toBeUndefined();
  expect(await core.sql`select act, after ->> 'month' as month from audit_entries`).toMatchObject([
    { act: 'usage.export', month: '2026-05' },
  ]);
  expect(keysOf(await say(core, sender('ann'), '/admin usage export'))).toEqual(['errors.role.required']);
});

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
  expect(await say(core, owner, '/usage 2026-05')).toEqual(reply);
  expect(keysOf(await say(core, sender('ann'), '/usage'))).toEqual(['errors.role.required']);
  expect(keysOf(await say(core, owner, '/admin usage may'))).toEqual(['errors.usage.month']);
  expect(keysOf(await say(core, sender('ann'), '/admin usage'))).toEqual(['errors.role.required']);
});
