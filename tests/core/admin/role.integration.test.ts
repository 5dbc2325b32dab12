import { describe, expect, it } from 'vitest';
import { dispatch } from '#core/dispatch.ts';
import type { Mention, Reply, Sender } from '#core/ports/chat.ts';
import { createTestCore, keysOf, say, sender, type TestCore } from '#tests/factories.ts';

const olga = sender('olga', { role: 'owner' });
const adam = sender('adam', { role: 'admin' });
const ana = sender('ana');
const having = (who: Sender, ...platformRoles: string[]): Sender => ({
  ...who,
  account: { ...who.account, platformRoles },
});
const designers: Mention = { typed: '@Head designers', kind: 'role', platformId: 'R1', name: 'Head designers' };

async function open(): Promise<TestCore> {
  const core = await createTestCore();
  for (const who of [olga, adam, ana]) await say(core, who, '/quota');
  return core;
}

async function tell(core: TestCore, who: Sender, text: string, mentions: Mention[] = []): Promise<string[]> {
  const key = crypto.randomUUID();
  const conversation = { platform: who.platform, channel: who.channel.platformId };
  const reply: Reply = await dispatch(core.deps, {
    ...who,
    ...{ deliveryKey: key, requestId: key, conversation, text, files: [], mentions },
  });
  const fields = reply.kind === 'message' ? reply.message.fields : [];
  return [...keysOf(reply), ...fields.flatMap(({ label }) => ('key' in label ? [label.key] : []))];
}

/** What somebody is by what they may see. */
async function roleNow(core: TestCore, who: Sender): Promise<string> {
  await say(core, who, '/quota');
  const [row] = await core.sql`
    select m.role from members m join accounts a using (person_id) where a.platform_id = ${who.account.platformId}`;
  const mayRun = keysOf(await say(core, who, '/admin role')).includes('commands.admin.acts.role.order');
  expect(mayRun).toBe(row?.role === 'owner' || row?.role === 'admin');
  return row?.role;
}

describe('a role set by hand', () => {
  it('holds at the next command, of every process, until it is taken back', async () => {
    await using core = await open();
    const other = { ...core, deps: await core.otherProcess() };
    expect(await roleNow(other, ana)).toBe('member');
    expect(await tell(core, olga, '/admin role set @ana admin')).toContain('commands.admin.acts.role.set');
    expect(await roleNow(core, ana)).toBe('admin');
    await expect.poll(() => roleNow(other, ana)).toBe('admin');
    expect(await tell(core, ana, '/admin role')).toContain('commands.admin.acts.role.ofPerson');
    expect(await tell(core, olga, '/admin role set @ana default')).toContain('commands.admin.acts.role.unset');
    expect(await roleNow(core, ana)).toBe('member');
    const acts = await core.sql`select act, before, after from audit_entries order by n`;
    expect([...acts]).toEqual([
      { act: 'role.set', before: { role: 'member' }, after: { set: 'admin', role: 'admin' } },
      { act: 'role.set', before: { role: 'admin' }, after: { set: null, role: 'member' } },
    ]);
  });

  it('waits for who has not spoken yet', async () => {
    await using core = await open();
    const zoe: Mention = { typed: '@Zoe', kind: 'account', platformId: 'zoe', name: 'Zoe' };
    await tell(core, olga, '/admin role set @Zoe admin', [zoe]);
    expect(await roleNow(core, sender('zoe'))).toBe('admin');
    await tell(core, olga, '/admin role set @Zoe default', [zoe]);
    expect(await roleNow(core, sender('zoe'))).toBe('member');
  });

  it('holds above what the platform says', async () => {
    await using core = await open();
    await tell(core, olga, '/admin role set @adam guest');
    expect(await roleNow(core, adam)).toBe('guest');
  });

  it.each([
    ['an admin making an admin', adam, '/admin role set @ana admin', 'errors.role.ownersOnly'],
    ['an admin making an owner of themselves', adam, '/admin role set @adam owner', 'errors.role.ownersOnly'],
    ['an admin unmaking an owner', adam, '/admin role set @olga guest', 'errors.role.ownersOnly'],
    ['an admin mapping a role', adam, '/admin role map everyone guest', 'errors.role.ownersOnly'],
    ['a member', ana, '/admin role set @ana owner', 'errors.role.required'],
    ['the owner of the platform as anything else', olga, '/admin role set @olga guest', 'errors.role.ownerStays'],
    ['a role that there is not', olga, '/admin role set @ana boss', 'errors.role.unknown'],
    ['no role', olga, '/admin role set @ana', 'errors.role.unknown'],
    ['nobody', olga, '/admin role set', 'errors.person.missing'],
    ['somebody unknown', olga, '/admin role set @zoe admin', 'errors.person.unknown'],
    ['something else to do', olga, '/admin role give @ana admin', 'errors.word.choice'],
    ['a mapping to owner', olga, '/admin role map everyone owner', 'errors.role.mapOwner'],
    ['a mapping of what is no role', olga, '/admin role map @cooks member', 'errors.platformRole.unknown'],
    ['a mapping of nothing', olga, '/admin role map', 'errors.platformRole.missing'],
  ])('refuses %s', async (_, who, text, refusal) => {
    await using core = await open();
    expect(await tell(core, who, text)).toEqual([refusal]);
    expect([...(await core.sql`select 1 from audit_entries`)]).toEqual([]);
  });

  it('an admin makes guests of members', async () => {
    await using core = await open();
    await tell(core, adam, '/admin role set @ana guest');
    expect(await roleNow(core, ana)).toBe('guest');
  });

  it('the last owner stays one, also when two go at once', async () => {
    await using core = await open();
    await tell(core, olga, '/admin role set @ana owner');
    await tell(core, olga, '/admin role set @adam owner');
    // The ownership goes to nobody who is known here.
    const was = sender('olga');
    expect(await roleNow(core, was)).toBe('member');
    const gone = await Promise.all([
      tell(core, ana, '/admin role set @ana member'),
      tell(core, adam, '/admin role set @adam default'),
    ]);
    expect(
      gone
        .flat()
        .sort()
        .filter((key) => key.startsWith('errors.')),
    ).toEqual(['errors.role.lastOwner']);
    const [owners] = await core.sql`select count(*)::int as count from members where role = 'owner'`;
    expect(owners?.count).toBe(1);
  });
});

describe("a mapped role of the platform's", () => {
  it('gives ours to whoever has it, and takes it as the platform does, at the next command', async () => {
    await using core = await open();
    const text = '/admin role map @Head designers admin';
    expect(await tell(core, olga, text, [designers])).toContain('commands.admin.acts.role.mapped');
    expect(await roleNow(core, ana)).toBe('member');
    expect(await roleNow(core, having(ana, 'R9', 'R1'))).toBe('admin');
    expect(await roleNow(core, ana)).toBe('member');
    expect(await roleNow(core, having(ana, 'R1'))).toBe('admin');
    expect(await tell(core, olga, '/admin role')).toContain('commands.admin.acts.role.ofRole');
    // By its name, as a role that is gone cannot be mentioned any more.
    expect(await tell(core, olga, '/admin role map @head designers default')).toContain(
      'commands.admin.acts.role.unmapped',
    );
    const [kept] = await core.sql`select role from members join accounts using (person_id) where platform_id = 'ana'`;
    expect(kept).toEqual({ role: 'member' });
    expect(await roleNow(core, having(ana, 'R1'))).toBe('member');
  });

  it('everyone else has what is mapped for them, and admins of the platform theirs', async () => {
    await using core = await open();
    await tell(core, olga, '/admin role map @everyone guest');
    expect([await roleNow(core, ana), await roleNow(core, adam), await roleNow(core, olga)]).toEqual([
      'guest',
      'admin',
      'owner',
    ]);
    await tell(core, olga, '/admin role map admins member');
    expect([await roleNow(core, ana), await roleNow(core, adam), await roleNow(core, olga)]).toEqual([
      'guest',
      'member',
      'owner',
    ]);
  });

  it('is another workspace’s business there', async () => {
    await using core = await open();
    await tell(core, olga, '/admin role map everyone guest');
    await say(core, sender('ana', { workspace: 'away' }), '/quota');
    const rows = await core.sql`
      select w.name, m.role from members m join workspaces w on w.id = m.workspace_id join accounts a using (person_id)
      where a.platform_id = 'ana' order by 1`;
    expect([...rows]).toEqual([
      { name: 'away', role: 'member' },
      { name: 'home', role: 'guest' },
    ]);
  });
});
