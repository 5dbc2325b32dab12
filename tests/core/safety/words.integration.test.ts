import { describe, expect, it } from 'vitest';
import { createTestCore, keysOf, say, sender, type TestCore } from '#tests/factories.ts';

const admin = sender('ada', { role: 'admin' });
const mia = sender('mia');
const taken = async (core: TestCore) => {
  const [row] =
    await core.sql`select (select count(*)::int from batches) as batches, (select count(*)::int from ledger) as ledger,
    (select count(*)::int from drafts) as drafts`;
  return row;
};

describe('blocked words', () => {
  it('of a workspace refuse a request before anything is made or reserved, name the word, and keep it for the managers', async () => {
    await using core = await createTestCore();
    await say(core, admin, '/admin words add dragon, red fox');
    for (const line of [
      '/imagine a dr4gon',
      '/imagine a lake --style "red fox"',
      '/imagine a cat\na DRAGON',
      '/imagine a dragon --draft on',
    ])
      expect(keysOf(await say(core, mia, line)), line).toContain('errors.prompt.blockedWord');
    expect(await taken(core)).toEqual({ batches: 0, ledger: 0, drafts: 4 });
    expect(keysOf(await say(core, mia, '/imagine a cat'))).not.toContain('errors.prompt.blockedWord');
  });

  it('that came after a draft hold when it is run, and when a picture is made again', async () => {
    await using core = await createTestCore();
    await say(core, mia, '/imagine a dragon --draft on');
    await say(core, mia, '/imagine a dragon');
    await core.queue.run(core.deps);
    const [ids] = await core.sql`select (select id from drafts) as draft, (select id from batches) as batch`;
    await say(core, admin, '/admin words add dragon');
    expect(keysOf(await say(core, mia, `/draft ${ids?.draft} run`))).toContain('errors.prompt.blockedWord');
    expect(keysOf(await say(core, mia, `/rerun ${ids?.batch}`))).toContain('errors.prompt.blockedWord');
    expect(keysOf(await say(core, mia, `/vary ${ids?.batch} 1`))).toContain('errors.prompt.blockedWord');
  });

  it('of a channel hold there alone, beside those of the workspace', async () => {
    await using core = await createTestCore();
    const there = sender('mia', { channel: 'lounge' });
    await say(core, admin, '/admin words add dragon --channel');
    expect(keysOf(await say(core, mia, '/imagine a dragon'))).toContain('errors.prompt.blockedWord');
    expect(keysOf(await say(core, there, '/imagine a dragon'))).not.toContain('errors.prompt.blockedWord');
  });

  it('are listed, taken back, and changed by nobody else', async () => {
    await using core = await createTestCore();
    await say(core, admin, '/admin words add Dragon、gore*，血腥');
    expect(await say(core, admin, '/admin words')).toMatchObject({
      message: { lines: [{ values: { items: { list: ['dragon', 'gore*', '血腥'] } } }] },
    });
    await say(core, admin, '/admin words remove dragon');
    expect(keysOf(await say(core, mia, '/imagine a dragon'))).not.toContain('errors.prompt.blockedWord');
    expect(keysOf(await say(core, mia, '/admin words add x'))).toContain('errors.role.required');
    const acts = await core.sql`select act, before, after from audit_entries order by n`;
    expect([...acts]).toEqual([
      { act: 'words.add', before: { count: 0 }, after: { count: 3 } },
      { act: 'words.remove', before: { count: 3 }, after: { count: 2 } },
    ]);
  });

  it.each([
    ['/admin words block x', 'errors.words.verb'],
    ['/admin words add', 'errors.words.none'],
    ['/admin words add , !', 'errors.words.none'],
    [`/admin words add ${'x'.repeat(41)}`, 'errors.words.tooLong'],
    [`/admin words add ${Array.from({ length: 201 }, (_, index) => `w${index}`).join()}`, 'errors.words.tooMany'],
  ])('typed wrongly are refused with what would be right: %s', async (line, key) => {
    await using core = await createTestCore();
    expect(keysOf(await say(core, admin, line))).toContain(key);
  });

  it('in words that were written out leave the prompt as it was typed', async () => {
    const writer = {
      id: 'fake',
      deadlineMs: 1000,
      write: async () => ({ prompt: 'a lake with a dragon' }),
    };
    await using core = await createTestCore({ writer });
    await say(core, admin, '/admin words add dragon');
    await say(core, mia, '/imagine a lake --enhance');
    await core.queue.run(core.deps);
    const [image] = await core.sql`select state, enhanced from images`;
    expect(image).toEqual({ state: 'succeeded', enhanced: 'a lake' });
  });
});
