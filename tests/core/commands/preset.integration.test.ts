import { expect, it } from 'vitest';
import { createTestCore, keysOf, request, say, sender } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const ann = sender('ann');
const ben = sender('ben');
const olga = sender('olga', { role: 'owner' });

it('gives a prompt its flags, where none was typed with it', async () => {
  const provider = createFakeProvider({ concurrency: 1 });
  await using core = await createTestCore({ providers: [provider] });
  expect(keysOf(await say(core, ann, '/preset save Look --ar 16:9 --no "hands, text" --quality low'))).toEqual([
    'commands.preset.savedOwn',
  ]);
  await request(core, ann, 'a fox --preset look && a cat --preset look --quality high --ar 1:1 && a dog');
  await core.queue.run(core.deps);
  expect(
    provider.calls.map(({ request: { prompt, negative, quality, size } }) => [
      prompt,
      negative,
      quality,
      size.width > size.height,
    ]),
  ).toEqual([
    ['a fox', 'hands, text', 'low', true],
    ['a cat', 'hands, text', 'high', false],
    ['a dog', undefined, undefined, false],
  ]);
});

it("is the person's own, or everyone's when an admin says so; one's own comes first", async () => {
  await using core = await createTestCore({ providers: [createFakeProvider()] });
  const wide = async (who: typeof ann) => {
    const batch = await request(core, who, 'a fox --preset look');
    const [row] = await core.sql`select width > height as wide from images where batch_id = ${batch}`;
    return row?.wide;
  };
  expect(keysOf(await say(core, ann, '/preset save look --ar 1:2 --for everyone'))).toEqual(['errors.role.required']);
  await say(core, olga, '/preset save look --ar 2:1 --for everyone');
  expect(await wide(ben)).toBe(true);
  await say(core, ben, '/preset save look --ar 1:2');
  expect([await wide(ben), await wide(ann)]).toEqual([false, true]);
  await say(core, ben, '/preset delete look');
  expect(await wide(ben)).toBe(true);
});

it('are listed as they would be typed, with whose they are', async () => {
  await using core = await createTestCore();
  expect(keysOf(await say(core, ann, '/preset'))).toEqual(['commands.preset.none']);
  await say(core, ann, '/preset save night --no "day light"');
  await say(core, ann, '/preset save night --no "day light" --ar 3x2');
  await say(core, olga, '/preset save base --model fake --for everyone');
  expect(await say(core, ann, '/preset list')).toMatchObject({
    message: {
      audience: 'private',
      fields: [
        {
          label: { key: 'commands.preset.ofWorkspace', values: { name: 'base' } },
          value: { verbatim: '--model fake' },
        },
        { label: { verbatim: 'night' }, value: { verbatim: '--ar 3:2 --no "day light"' } },
      ],
    },
  });
});

it('of another workspace or person is not there', async () => {
  await using core = await createTestCore();
  await say(core, ann, '/preset save look --ar 2:1');
  for (const who of [ben, sender('ann', { workspace: 'away' })]) {
    expect(keysOf(await say(core, who, '/imagine a fox --preset look'))).toEqual(['errors.preset.none']);
    expect(keysOf(await say(core, who, '/preset'))).toEqual(['commands.preset.none']);
  }
});

it.each([
  ['/preset save', 'errors.preset.unnamed'],
  ['/preset save look', 'errors.preset.empty'],
  ['/preset save "two words" --ar 1:1', 'errors.option.name'],
  ['/preset keep look --ar 1:1', 'errors.word.choice'],
  ['/preset delete look', 'errors.preset.none'],
  ['/imagine a fox --preset look', 'errors.preset.none'],
])('%s is refused with %s', async (text, key) => {
  await using core = await createTestCore();
  expect(keysOf(await say(core, ann, text))).toEqual([key]);
  expect(await core.sql`select from batches`).toHaveLength(0);
});

it('are fifty at most, also when many are kept at once, and a misspelled one gets the nearest', async () => {
  await using core = await createTestCore();
  const kept = Array.from({ length: 52 }, (_, index) => say(core, ann, `/preset save look-${index} --ar 1:1`));
  const keys = (await Promise.all(kept)).flatMap(keysOf);
  expect(keys.filter((key) => key === 'commands.preset.savedOwn').length).toBeLessThanOrEqual(50);
  const [row] = await core.sql`select count(*)::int as count from presets`;
  expect(row?.count).toBeLessThanOrEqual(50);
  expect(await say(core, ann, '/imagine a fox --preset loook-1')).toMatchObject({
    message: { lines: [{ key: 'errors.preset.unknown', values: { name: 'loook-1', nearest: 'look-1' } }] },
  });
});
