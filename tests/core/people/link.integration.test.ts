import { describe, expect, it } from 'vitest';
import type { Reply, Sender } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { books, createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';

/** On an app of its own. */
const on = (platform: string, who: Sender): Sender => ({ ...who, platform });
/** Alone with the bot. */
const direct = (who: Sender): Sender => ({
  ...who,
  channel: { ...who.channel, platformId: `dm:${who.account.platformId}`, direct: true },
});
const ann = sender('ann');
const anna = on('other', sender('anna', { workspace: 'club' }));

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

async function codeOf(core: TestCore, who: Sender): Promise<string> {
  const { title } = messageOf(await say(core, who, '/link'));
  const line = title && 'key' in title ? String(title.values?.line) : '';
  return line.replace('/link ', '');
}

async function join(core: TestCore, one: Sender, other: Sender): Promise<void> {
  const asked = messageOf(await say(core, other, `/link ${await codeOf(core, one)}`));
  expect(keysOf(await say(core, other, asked.actions[0]?.id ?? ''))).toContain('commands.link.done');
}

const personOf = async ({ sql }: TestCore, who: Sender): Promise<string> => {
  const [row] =
    await sql`select person_id as id from accounts where platform = ${who.platform} and platform_id = ${who.account.platformId}`;
  return row?.id;
};
const listed = (reply: Reply) => messageOf(reply).lines.map((line) => ('key' in line ? line.values?.batch : undefined));

it('more people than there are connections list their batches in direct messages at once, and each is answered', async () => {
  await using core = await createTestCore();
  const people = Array.from({ length: 40 }, (_, index) => sender(`person-${index}`));
  const batches: string[] = [];
  for (const who of people) batches.push(await request(core, who, 'a fox'));
  const replies = await Promise.all(people.map((who) => say(core, direct(who), '/status')));
  expect(replies.flatMap(listed)).toEqual(batches);
});

describe('a code', () => {
  it('joins the account that types it on another app, once it is confirmed, and both have one history', async () => {
    await using core = await createTestCore();
    const here = await request(core, ann, 'a fox');
    const there = await request(core, anna, 'a bear');
    const code = await codeOf(core, ann);
    expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{6}$/);
    const asked = messageOf(await say(core, anna, `/link ${code.toUpperCase()}`));
    expect([asked.title, asked.actions.length]).toEqual([
      { key: 'commands.link.ask', values: { account: 'Fake · ann' } },
      1,
    ]);
    expect(await personOf(core, ann)).not.toBe(await personOf(core, anna));
    const action = asked.actions[0]?.id ?? '';
    expect(Buffer.byteLength(action)).toBeLessThanOrEqual(64);
    expect(keysOf(await say(core, anna, action))).toEqual(['commands.link.done', 'commands.link.undo']);
    expect(await personOf(core, ann)).toBe(await personOf(core, anna));
    for (const who of [ann, anna]) expect(listed(await say(core, direct(who), '/status'))).toEqual([there, here]);
    expect(JSON.stringify(await say(core, direct(anna), `/status ${here}`))).toContain('card.running');
    expect(keysOf(await say(core, anna, `/link ${code}`)), 'it works once').toEqual(['commands.link.wrong']);
  });

  it('is read whatever its case, and with letters that look like digits', async () => {
    await using core = await createTestCore();
    const code = await codeOf(core, ann);
    const look = code.replaceAll('0', 'O').replaceAll('1', 'l').replace('-', '');
    expect(messageOf(await say(core, anna, `/link ${look}`)).title).toMatchObject({ key: 'commands.link.ask' });
  });

  it('is dead after five wrong tries, though the right one follows', async () => {
    await using core = await createTestCore();
    const code = await codeOf(core, ann);
    const wrong = `${code.slice(0, -1)}${code.endsWith('0') ? '2' : '0'}`;
    for (let tries = 0; tries < 5; tries += 1)
      expect(keysOf(await say(core, anna, `/link ${wrong}`))).toEqual(['commands.link.wrong']);
    expect(keysOf(await say(core, anna, `/link ${code} --sure on`))).toEqual(['commands.link.wrong']);
    expect(await personOf(core, ann)).not.toBe(await personOf(core, anna));
  });

  it('works for ten minutes, and a newer one ends it', async () => {
    let now = new Date('2026-11-27T08:00:00Z');
    await using core = await createTestCore({ now: () => now });
    const first = await codeOf(core, ann);
    const second = await codeOf(core, ann);
    expect(keysOf(await say(core, anna, `/link ${first}`))).toEqual(['commands.link.wrong']);
    expect(messageOf(await say(core, anna, `/link ${second}`)).title).toMatchObject({ key: 'commands.link.ask' });
    now = new Date('2026-11-27T08:10:01Z');
    expect(keysOf(await say(core, anna, `/link ${second}`))).toEqual(['commands.link.wrong']);
  });

  it('stands nowhere in the database', async () => {
    await using core = await createTestCore();
    const code = await codeOf(core, ann);
    await say(core, anna, `/link ${code}`);
    const rows = JSON.stringify([await core.sql`select * from calls`, await core.sql`select * from link_codes`]);
    expect(rows).not.toContain(code.split('-')[1]);
  });
});

describe('accounts that are joined', () => {
  it('lose no row and change none, while a batch runs and credits are held', async () => {
    await using core = await createTestCore();
    await request(core, ann, 'a fox --n 3');
    await request(core, anna, 'a bear --n 2');
    await say(core, anna, '/preset save look --ar 16:9');
    const rowsOf = async () =>
      JSON.stringify(
        await Promise.all(
          ['batches', 'images', 'quotas', 'ledger', 'presets', 'person_lanes'].map(
            (table) => core.sql`select to_jsonb(t) as row from ${core.sql(table)} t order by 1`,
          ),
        ),
      );
    const before = await rowsOf();
    await join(core, ann, anna);
    expect(await rowsOf()).toBe(before);
    await core.queue.run(core.deps);
    expect(await books(core)).toMatchObject({ reserve: 5, settle: 5, held: 0, spent: 5 });
    expect(JSON.stringify(await say(core, anna, '/preset'))).toContain('look');
  });

  it('have one quota in a workspace where both were', async () => {
    await using core = await createTestCore();
    await say(core, sender('olga', { role: 'owner' }), '/settings --credits-member 5');
    const bob = sender('bob');
    await request(core, ann, 'a fox --n 3');
    await request(core, bob, 'a fox --n 1');
    await join(core, ann, bob);
    expect(messageOf(await say(core, bob, '/quota'))).toMatchObject({
      title: { values: { left: 1 } },
      fields: expect.arrayContaining([
        expect.objectContaining({ value: expect.objectContaining({ values: expect.objectContaining({ limit: 5 }) }) }),
      ]),
    });
    expect(keysOf(await say(core, bob, '/imagine a fox --n 2'))).toContain('errors.quota.exceeded');
    await request(core, bob, 'a fox');
    expect(keysOf(await say(core, ann, '/imagine a fox'))).toContain('errors.quota.exceeded');
  });

  it('at the same moment from both sides, or in a ring, are one person, and nobody waits for ever', async () => {
    await using core = await createTestCore();
    const cy = on('third', sender('cy', { workspace: 'den' }));
    const people = [ann, anna, cy];
    const codes: string[] = [];
    for (const who of people) codes.push(await codeOf(core, who));
    await Promise.all(people.map((who, index) => say(core, who, `/link ${codes[(index + 1) % 3]} --sure on`)));
    for (const who of people) {
      const code = await codeOf(core, who);
      for (const other of people) await say(core, other, `/link ${code} --sure on`);
    }
    expect(new Set(await Promise.all(people.map((who) => personOf(core, who)))).size).toBe(1);
  });

  it('show a batch of a workspace that does not allow it in that workspace alone', async () => {
    await using core = await createTestCore();
    const here = await request(core, ann, 'a fox');
    await say(core, anna, '/status');
    await join(core, ann, anna);
    const olga = sender('olga', { role: 'owner' });
    expect(keysOf(await say(core, olga, '/admin elsewhere'))).toEqual(['commands.admin.acts.elsewhere.on']);
    await say(core, olga, '/admin elsewhere off');
    expect(keysOf(await say(core, direct(anna), `/status ${here}`))).toEqual(['errors.batch.unknown']);
    expect(keysOf(await say(core, direct(anna), '/status'))).toEqual(['commands.status.none']);
    expect(JSON.stringify(await say(core, ann, `/status ${here}`))).toContain('card.running');
    await say(core, olga, '/admin elsewhere on');
    expect(JSON.stringify(await say(core, direct(anna), `/status ${here}`))).toContain('card.running');
    expect(keysOf(await say(core, anna, `/status ${here}`)), 'not in a channel').toEqual(['errors.batch.unknown']);
  });
});

describe('a role that was set by hand', () => {
  const olga = sender('olga', { role: 'owner' });
  const dora = sender('dora', { role: 'admin' });
  const dory = on('other', sender('dory', { workspace: 'club' }));
  const isAdmin = async (core: TestCore, who: Sender) =>
    !keysOf(await say(core, who, '/admin role')).includes('errors.role.required');

  it.each([
    ['an older', [dory, dora]],
    ['a younger', [dora, dory]],
  ])('is neither lost nor left behind by who joins %s account and takes it off again', async (_, order) => {
    await using core = await createTestCore();
    await say(core, olga, '/quota');
    for (const who of order) await say(core, who, '/quota');
    await say(core, olga, '/admin role set @dora guest');
    expect(await isAdmin(core, dora)).toBe(false);
    for (const leaves of [dory, dora]) {
      await join(core, dora, dory);
      expect(await isAdmin(core, dora), 'joined').toBe(false);
      expect(keysOf(await say(core, leaves, '/unlink'))).toEqual(['commands.unlink.done']);
      expect(await isAdmin(core, dora), 'alone').toBe(false);
    }
    await join(core, dora, dory);
    await say(core, olga, '/admin role set @dora owner');
    await say(core, dory, '/unlink');
    expect(await isAdmin(core, dora)).toBe(true);
    const [row] = await core.sql`
      select assigned from members join accounts using (person_id) join workspaces w on w.id = workspace_id
      where accounts.name = 'dora' and w.name = 'home'`;
    expect(row).toEqual({ assigned: 'owner' });
  });

  it('goes with both of two accounts of the same workspace only where it takes rights away', async () => {
    await using core = await createTestCore();
    const dot = sender('dot', { role: 'admin' });
    for (const who of [olga, dora, dot]) await say(core, who, '/quota');
    await join(core, dora, dot);
    await say(core, olga, '/admin role set @dora member');
    await say(core, dot, '/unlink');
    expect([await isAdmin(core, dora), await isAdmin(core, dot)]).toEqual([false, false]);
    await say(core, olga, '/admin role set @dot default');
    expect(await isAdmin(core, dot)).toBe(true);
    const eve = sender('eve');
    await say(core, eve, '/quota');
    await join(core, dora, eve);
    await say(core, olga, '/admin role set @dora admin');
    await say(core, eve, '/unlink');
    expect([await isAdmin(core, dora), await isAdmin(core, eve)]).toEqual([true, false]);
  });

  it.each([
    ['an older', [dory, dora]],
    ['a younger', [dora, dory]],
  ])(
    'and a limit of one’s own hold for who joins %s account, can be changed then, and are not left behind',
    async (_, order) => {
      await using core = await createTestCore();
      for (const who of [olga, ...order]) await say(core, who, '/quota');
      await say(core, olga, '/admin limit @dora 2 a day');
      const mayAsk = async (count: number) =>
        !keysOf(await say(core, dora, `/why imagine a fox --n ${count}`)).includes('errors.quota.exceeded');
      expect([await mayAsk(2), await mayAsk(3)]).toEqual([true, false]);
      await join(core, dora, dory);
      expect([await mayAsk(2), await mayAsk(3)]).toEqual([true, false]);
      await say(core, olga, '/admin limit @dora 4 a day');
      expect([await mayAsk(4), await mayAsk(5)]).toEqual([true, false]);
      await say(core, dora, '/unlink');
      expect([await mayAsk(4), await mayAsk(5)]).toEqual([true, false]);
      await join(core, dory, dora);
      await say(core, dory, '/unlink');
      expect([await mayAsk(4), await mayAsk(5)]).toEqual([true, false]);
    },
  );

  it('of the last owner is kept, who counts once also as two who were joined', async () => {
    await using core = await createTestCore();
    const bare = sender('nia');
    for (const who of [dory, olga, bare]) await say(core, who, '/quota');
    await say(core, olga, '/admin role set @nia owner');
    await join(core, bare, dory);
    await say(core, bare, '/quota');
    await core.sql`update members set role = 'member', standing = 'member' from accounts where name = 'olga' and members.person_id = accounts.person_id`;
    expect(keysOf(await say(core, bare, '/admin role set @nia member'))).toEqual(['errors.role.lastOwner']);
  });
});

describe('/unlink', () => {
  it('takes an account off with what it had asked for before, and leaves what was asked for together', async () => {
    await using core = await createTestCore();
    const here = await request(core, ann, 'a fox');
    const before = await request(core, anna, 'a bear');
    await join(core, ann, anna);
    const together = await request(core, anna, 'a wolf');
    expect(keysOf(await say(core, anna, '/unlink'))).toEqual(['commands.unlink.done']);
    expect(listed(await say(core, direct(anna), '/status'))).toEqual([before]);
    expect(listed(await say(core, direct(ann), '/status'))).toEqual([together, here]);
    expect(keysOf(await say(core, anna, '/unlink'))).toEqual(['errors.link.alone']);
  });

  it('say in /quota what of all their credits is held and what is spent, with those that a grant gave', async () => {
    await using core = await createTestCore();
    const [owner, bob] = [sender('olga', { role: 'owner' }), sender('bob')];
    await say(core, ann, '/quota');
    await say(core, owner, '/settings --credits-member 3');
    await say(core, owner, '/admin grant @ann 9 until tomorrow');
    await request(core, ann, 'a fox --n 2');
    await core.queue.run(core.deps);
    await request(core, ann, 'a cat --n 3');
    const owl = await request(core, bob, 'an owl');
    await join(core, ann, bob);
    const fields = async () =>
      Object.fromEntries(
        messageOf(await say(core, bob, '/quota')).fields.flatMap(({ label, value }) =>
          'key' in label && 'key' in value && value.key === 'number' ? [[label.key, value.values]] : [],
        ),
      );
    expect(await fields()).toMatchObject({
      'commands.quota.spent': { value: 2 },
      'commands.quota.held': { value: 4 },
    });
    await say(core, bob, `/cancel ${owl}`);
    await core.queue.run(core.deps);
    expect(await fields()).toMatchObject({
      'commands.quota.spent': { value: 5 },
      'commands.quota.held': { value: 0 },
      'commands.quota.returned': { value: 1 },
    });
  });

  it('gives no fresh quota to who joins and leaves again', async () => {
    await using core = await createTestCore();
    await say(core, sender('olga', { role: 'owner' }), '/settings --credits-member 3');
    await request(core, ann, 'a fox --n 3');
    await say(core, anna, '/status');
    for (let round = 0; round < 3; round += 1) {
      await join(core, ann, anna);
      await say(core, round % 2 === 0 ? anna : ann, '/unlink');
      expect((await core.sql`select * from people`).length).toBeLessThanOrEqual(4);
    }
  });
});
