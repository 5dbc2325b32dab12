import { describe, expect, it } from 'vitest';
import { createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakePlatform } from '#tests/fakes/platform.ts';

const olga = sender('olga', { role: 'owner' });
const ana = sender('ana');
const guest = sender('bo', { role: 'guest' });

const asked = async (core: TestCore, who: Parameters<typeof say>[1], line: string) =>
  keysOf(await say(core, who, line));
/** Everything that a command could have left behind. */
async function traces(core: TestCore) {
  const tables = ['batches', 'images', 'postings', 'drafts', 'ledger', 'audit_entries', 'presets', 'released_blobs'];
  return Promise.all([
    core.sql`select * from quotas`,
    core.sql`select waiting from person_lanes`,
    ...tables.map((table) => core.sql`select count(*)::int as count from ${core.sql(table)}`),
  ]);
}

describe('/why', () => {
  it('says what the real thing would, and does nothing', async () => {
    await using core = await createTestCore();
    await say(core, olga, '/settings --credits-guest 3');
    await say(core, olga, '/admin policy --role guest --private off --images-max 5');
    await say(core, guest, '/quota');
    const mine = await request(core, guest, 'a fox');
    await core.queue.run(core.deps);
    for (const [line, reason] of [
      ['imagine a fox --n 5', 'errors.quota.exceeded'],
      ['/imagine a fox --n 2', undefined],
      ['imagine --n 40', 'errors.policy.images'],
      ['imagine --n 5', 'errors.quota.exceeded'],
      ['imagine a fox --private', 'errors.policy.private'],
      [`rerun ${mine} --seed new`, undefined],
      ['rerun zzzzzz', 'errors.batch.unknown'],
      ['settings --private on', 'errors.role.required'],
      ['admin role', 'errors.role.required'],
      ['paint a fox', 'errors.command.unknown'],
      ['imagine a fox --m 4', 'errors.option.unknown'],
      [`delete ${mine} 1 --sure on`, undefined],
      ['preset save x --ar 1:1', undefined],
      ['batch', 'errors.file.none'],
      ['help', undefined],
    ] as const) {
      const before = await traces(core);
      expect([line, await asked(core, guest, `/why ${line}`)]).toEqual([
        line,
        reason ? ['commands.why.no', reason] : ['commands.why.yes'],
      ]);
      expect(await traces(core), line).toEqual(before);
      if (reason && /^\/?(imagine .*fox|settings|rerun)/.test(line))
        expect([line, (await asked(core, guest, `/${line.replace(/^\//, '')}`)).slice(0, 1)]).toMatchObject([
          line,
          [reason],
        ]);
    }
  });

  it('writes to nobody about what would be private', async () => {
    const chat = createFakePlatform();
    await using core = await createTestCore({ platforms: [chat.platform] });
    expect(await asked(core, ana, '/why imagine a secret fox --private')).toEqual(['commands.why.yes']);
    expect(chat.messages()).toEqual([]);
  });

  it.each(['/why', '/why why imagine a fox', '/why admin why @bo imagine', '/why /why'])(
    '%s asks for what is meant',
    async (line) => {
      await using core = await createTestCore();
      const keys = await asked(core, ana, line);
      expect(keys[0]).toMatch(/^errors\.(why\.unnamed|command\.|option\.)/);
    },
  );
});

describe('/admin why', () => {
  it('says what it would be for somebody else, with their role and what that comes from', async () => {
    await using core = await createTestCore();
    await say(core, guest, '/quota');
    await say(core, olga, '/settings --credits-guest 3');
    await say(core, olga, '/admin role map everyone guest');
    expect(await asked(core, olga, '/admin why @bo imagine --n 40')).toEqual([
      'commands.why.noFor',
      'errors.quota.exceeded',
    ]);
    expect(await asked(core, olga, '/admin why @bo imagine --n 2')).toEqual(['commands.why.yesFor']);
    expect(JSON.stringify(await say(core, olga, '/admin why @bo quota'))).toContain('commands.why.by.everyone');
    expect(await asked(core, guest, '/admin why @olga quota')).toEqual(['errors.role.required']);
    expect(await asked(core, olga, '/admin why @zoe quota')).toEqual(['errors.person.unknown']);
    expect(await asked(core, olga, '/admin why @bo')).toEqual(['errors.why.unnamed']);
    expect(await asked(core, olga, '/admin why')).toEqual(['errors.person.missing']);
  });
});
