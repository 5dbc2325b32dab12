import { expect, it } from 'vitest';
import { createTestCore, request, say, sender } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const ann = sender('ann');

it('makes a picture of each alternative, in order, with what each is asked for', async () => {
  const provider = createFakeProvider({ concurrency: 1 });
  await using core = await createTestCore({ providers: [provider] });
  await request(core, ann, 'a {red, blue} fox --seed {7,8} --no "hands, text" --quality HIGH');
  await core.queue.run(core.deps);
  expect(
    provider.calls.map(({ request: { prompt, seed, negative, quality } }) => [prompt, seed, negative, quality]),
  ).toEqual([
    ['a red fox', 7, 'hands, text', 'high'],
    ['a red fox', 8, 'hands, text', 'high'],
    ['a blue fox', 7, 'hands, text', 'high'],
    ['a blue fox', 8, 'hands, text', 'high'],
  ]);
});

it('tells with a batch what can be typed to ask for the same', async () => {
  await using core = await createTestCore({ providers: [createFakeProvider()] });
  const batch = await request(core, ann, 'a {red,blue} fox\n# no comment\na cat —n 2\n--ar 16x9');
  const [row] = await core.sql`select prompt, line, total from batches where id = ${batch}`;
  const line = 'a {red, blue} fox && a cat --n 2 && --ar 16:9';
  expect({ ...row }).toEqual({ prompt: 'a {red, blue} fox\na cat', line, total: 4 });
  const reply = await say(core, ann, `/status ${batch}`);
  expect(reply).toMatchObject({
    message: {
      fields: expect.arrayContaining([{ label: { key: 'card.field.line' }, value: { verbatim: `/imagine ${line}` } }]),
    },
  });
  const again = await request(core, ann, line);
  const imagesOf = (id: string) =>
    core.sql`select prompt, width, height from images where batch_id = ${id} order by number`;
  expect(await imagesOf(again)).toEqual(await imagesOf(batch));
});

it('gives the same request with another negative prompt or quality another picture', async () => {
  const provider = createFakeProvider({ concurrency: 1 });
  await using core = await createTestCore({ providers: [provider] });
  for (const flags of ['', '--no hands', '--quality low', '', '--no hands']) {
    await request(core, ann, `a fox --seed 1 ${flags}`);
    await core.queue.run(core.deps);
  }
  expect(provider.calls).toHaveLength(3);
});

it('says at once how many pictures a million million would be, and takes none', async () => {
  await using core = await createTestCore();
  const reply = await say(core, ann, `/imagine ${'{1..10}'.repeat(12)}`);
  expect(reply).toMatchObject({
    message: { lines: [{ key: 'errors.prompt.tooMany', values: { count: 10 ** 12, max: 500 } }] },
  });
  expect(await core.sql`select from batches`).toHaveLength(0);
});
