import { describe, expect, it } from 'vitest';
import { createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const olga = sender('olga', { role: 'owner' });
const adam = sender('adam', { role: 'admin' });
const ana = sender('ana');
const guest = sender('gus', { role: 'guest' });

async function ruled(rule: string): Promise<TestCore> {
  const core = await createTestCore();
  await say(core, olga, '/quota');
  const answer = await say(core, olga, `/admin policy ${rule}`);
  expect(JSON.stringify(answer)).toContain('commands.admin.acts.policy.saved');
  return core;
}
const model = createFakeProvider().models[0]?.id ?? '';
const asked = async (core: TestCore, who: Parameters<typeof say>[1], line: string) =>
  keysOf(await say(core, who, line));
const count = async (core: TestCore) => (await core.sql`select count(*)::int as count from batches`)[0]?.count;

describe('a rule', () => {
  it.each([
    ['--images-max 2', '/imagine a fox --n 3', 'errors.policy.images'],
    ['--images-max 2', '/imagine a fox --n 20', 'errors.policy.images'],
    ['--images-max 0', '/imagine a fox', 'errors.policy.noImages'],
    [`--deny-models ${model}`, `/imagine a fox --model ${model}`, 'errors.policy.noModel'],
    ['--private off', '/imagine a fox --private', 'errors.policy.private'],
    ['--style off', '/imagine a fox --style ink', 'errors.policy.style'],
  ])('%s holds for members and guests, and not for admins: %s', async (rule, line, refusal) => {
    await using core = await ruled(rule);
    expect(await asked(core, ana, line)).toEqual([refusal]);
    expect(await asked(core, guest, line)).toEqual([refusal]);
    expect(await asked(core, adam, line)).not.toEqual([refusal]);
  });

  it('holds for what is made again, varied and confirmed as well', async () => {
    await using core = await createTestCore();
    const id = await request(core, ana, 'a fox --n 3');
    await core.queue.run(core.deps);
    const draft = await say(core, ana, '/imagine a fox --n 4 --draft');
    const run = draft.kind === 'message' ? (draft.message.actions[0]?.id ?? '') : '';
    await say(core, olga, '/admin policy --images-max 2');
    const before = await count(core);
    for (const line of [`/rerun ${id}`, `/vary ${id} 1 --n 3`, run]) {
      expect([line, await asked(core, ana, line)]).toEqual([line, ['errors.policy.images']]);
    }
    expect(await count(core)).toBe(before);
    expect(await asked(core, ana, `/rerun ${id} 1,2`)).not.toContain('errors.policy.images');
  });

  it('of a channel holds there alone, until it is taken back', async () => {
    await using core = await ruled('--images-max 1 --scope channel');
    const elsewhere = sender('ana', { channel: 'studio' });
    expect(await asked(core, ana, '/imagine a fox --n 2')).toEqual(['errors.policy.images']);
    expect(await asked(core, elsewhere, '/imagine a fox --n 2')).not.toContain('errors.policy.images');
    await say(core, olga, '/admin policy --images-max default --scope channel');
    expect(await asked(core, ana, '/imagine a fox --n 2')).not.toContain('errors.policy.images');
  });

  it('against styles leaves those that the workspace offers', async () => {
    await using core = await ruled('--style off');
    await say(core, olga, '/preset save house --style ink --for everyone');
    await say(core, ana, '/preset save mine --style oil');
    expect(await asked(core, ana, '/imagine a fox --preset house')).not.toContain('errors.policy.style');
    expect(await asked(core, ana, '/imagine a fox --preset mine')).toEqual(['errors.policy.style']);
    expect(await asked(core, ana, '/imagine a fox --preset house --style oil')).toEqual(['errors.policy.style']);
  });

  it('against styles holds for what was asked for with one: made again, varied and confirmed, in every channel', async () => {
    await using core = await createTestCore();
    await say(core, olga, '/preset save house --style ink --for everyone');
    await say(core, ana, '/preset save mine --style oil');
    const own = await request(core, ana, 'a fox --style oil');
    const preset = await request(core, ana, 'a fox --preset mine');
    const offered = await request(core, ana, 'a fox --preset house');
    const plain = await request(core, ana, 'a fox');
    await say(core, olga, '/settings --style pencil');
    const placed = await request(core, ana, 'a fox');
    await core.queue.run(core.deps);
    const draft = await say(core, ana, '/imagine a cat --style oil --draft');
    const run = draft.kind === 'message' ? (draft.message.actions[0]?.id ?? '') : '';
    await say(core, olga, '/admin policy --style off');
    const elsewhere = sender('ana', { channel: 'studio' });
    for (const id of [own, preset]) {
      for (const line of [`/rerun ${id}`, `/rerun ${id} --seed same`, `/vary ${id} 1`]) {
        expect([line, await asked(core, ana, line)]).toEqual([line, ['errors.policy.style']]);
        expect([line, await asked(core, elsewhere, line)]).toEqual([line, ['errors.policy.style']]);
      }
      expect(await asked(core, adam, `/rerun ${id}`)).not.toContain('errors.policy.style');
      expect(await asked(core, ana, `/rerun ${id} --prompt "a fox at night"`)).not.toContain('errors.policy.style');
      expect(await asked(core, ana, `/show ${id}`)).not.toContain('errors.policy.style');
    }
    expect(await asked(core, ana, run)).toEqual(['errors.policy.style']);
    for (const id of [offered, plain, placed])
      expect(await asked(core, ana, `/rerun ${id}`)).not.toContain('errors.policy.style');
    await core.queue.run(core.deps);
    const again = await core.sql`select count(*)::int as count from images where own_style and origin_id is not null`;
    expect([...again]).toEqual([{ count: 2 }]);
  });

  it('is in the log with numbers alone, and shown to who may change it', async () => {
    await using core = await ruled('--images-max 3 --private off --role guest');
    const acts = await core.sql`select act, before, after from audit_entries`;
    expect([...acts]).toEqual([
      { act: 'policy.set', before: { role: 'guest' }, after: { role: 'guest', imagesMax: 3, private: false } },
    ]);
    expect(JSON.stringify(await say(core, adam, '/admin policy'))).toContain('policy.who.guest');
  });

  it.each([
    ['for admins by an admin', adam, '--images-max 3 --role admin', 'errors.role.required'],
    ['for everyone by an admin', adam, '--images-max 3 --role owner', 'errors.role.required'],
    ['by a member', ana, '--images-max 3', 'errors.role.required'],
    ['about a model that there is not', olga, '--deny-models skech', 'errors.option.model'],
    ['about too many pictures', olga, '--images-max 501', 'errors.option.integer'],
    ['with a flag that there is not', olga, '--images 3', 'errors.option.unknown'],
    ['with words', olga, 'off', 'errors.command.unexpected'],
  ])('is refused %s', async (_, who, rule, refusal) => {
    await using core = await createTestCore();
    await say(core, olga, '/quota');
    expect(await asked(core, who, `/admin policy ${rule}`)).toEqual([refusal]);
  });
});
