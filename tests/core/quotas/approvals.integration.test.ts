import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { actionsOf, books, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';

const owner = sender('olga', { role: 'owner' });
const admin = sender('adam', { role: 'admin' });
const bo = sender('bo');

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

/** Bo has three credits a day, and asks the managers about five pictures. */
async function askedFor(core: TestCore, line = '/imagine a fox --n 5'): Promise<string> {
  await say(core, admin, '/quota');
  await say(core, owner, '/settings --credits-member 3');
  const refused = await say(core, bo, line);
  const [ask] = actionsOf(refused);
  expect(ask).toMatch(/^draft \w{6} ask$/);
  const posted = await say(core, bo, ask ?? '');
  const [approve] = actionsOf(posted);
  const id = /^admin approve (\w{6})$/.exec(approve ?? '')?.[1];
  if (!id) throw new Error(`not asked: ${JSON.stringify(posted)}`);
  return id;
}

const counts = async ({ sql }: TestCore) => {
  const [row] =
    await sql`select (select count(*)::int from batches) as batches, (select count(*)::int from grants) as grants`;
  return row;
};

describe('what is beyond a limit', () => {
  it('is refused with a button that asks the managers in the channel, with buttons for them', async () => {
    await using core = await createChat();
    await say(core, owner, '/settings --credits-member 3');
    const refused = await say(core, bo, '/imagine a fox --n 5');
    expect(keysOf(refused)).toEqual(['errors.quota.exceeded', 'approval.offer']);
    const posted = messageOf(await say(core, bo, actionsOf(refused)[0] ?? ''));
    expect(posted).toMatchObject({
      audience: 'channel',
      title: { key: 'approval.title', values: { name: 'bo', count: 5, credits: 5 } },
      lines: [{ verbatim: 'a fox' }, { key: 'approval.hint' }],
    });
    for (const { id } of posted.actions) expect(Buffer.byteLength(id)).toBeLessThanOrEqual(64);
    expect(posted.actions.map(({ id }) => id.split(' ')[1])).toEqual(['approve', 'deny']);
  });

  it('runs once when two managers press approve several times at once, where it was asked for', async () => {
    await using core = await createChat();
    const id = await askedFor(core);
    const presses = [owner, admin, owner, admin].map((who) =>
      say(core, { ...who, channel: bo.channel }, `admin approve ${id}`),
    );
    const keys = (await Promise.all(presses)).flatMap(keysOf).toSorted();
    expect(keys).toEqual(['approval.done', ...Array(3).fill('errors.approval.approved')]);
    expect(await counts(core)).toEqual({ batches: 1, grants: 1 });
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(await books(core)).toMatchObject({ reserve: 5, settle: 5, held: 0, spent: 5 });
    const [card] = core.chat.sends;
    expect(card?.to).toMatchObject({ channel: 'home/general', thread: 'bo' });
    const [batch] = await core.sql`select name from batches join accounts using (person_id)`;
    expect(batch).toEqual({ name: 'bo' });
    const [act] =
      await core.sql`select act, subject, after - 'batch' as after from audit_entries order by n desc limit 1`;
    const [person] = await core.sql`select person_id as id from accounts where name = 'bo'`;
    expect(act).toEqual({ act: 'approval.approve', subject: `person:${person?.id}`, after: { draft: id, credits: 5 } });
  });

  it('leaves its person as much as before: only what they lack is granted', async () => {
    await using core = await createChat();
    await request(core, bo, 'a fox --n 2');
    const id = await askedFor(core);
    await say(core, admin, `admin approve ${id}`);
    const [grant] = await core.sql`select credits from grants`;
    expect(grant).toEqual({ credits: 4 });
    expect(keysOf(await say(core, bo, '/imagine a cat'))[0]).toBe('errors.quota.exceeded');
  });

  it('is denied with a reason, which is kept and told, and cannot be approved any more', async () => {
    await using core = await createChat();
    const id = await askedFor(core);
    expect(keysOf(await say(core, admin, `/admin deny ${id} foxes are out`))).toEqual(['approval.wasDeniedBy']);
    expect(keysOf(await say(core, owner, `admin approve ${id}`))).toEqual(['errors.approval.denied']);
    const [row] =
      await core.sql`select state, reason, a.name from approvals p join accounts a on a.person_id = p.decided_by`;
    expect(row).toEqual({ state: 'denied', reason: 'foxes are out', name: 'adam' });
    const [notice] =
      await core.sql`select content #>> '{lines,0,values,reason}' as reason, name from notices join accounts using (person_id)`;
    expect(notice).toEqual({ reason: 'foxes are out', name: 'bo' });
    expect(await counts(core)).toEqual({ batches: 0, grants: 0 });
  });

  it('can be approved by nobody but the managers, also when they were when they saw the button', async () => {
    await using core = await createChat();
    const id = await askedFor(core);
    for (const who of [bo, sender('mia'), sender('olga', { role: 'member' })])
      for (const act of ['approve', 'deny'])
        expect(keysOf(await say(core, who, `admin ${act} ${id}`))).toEqual(['errors.role.required']);
    const elsewhere = sender('olga', { role: 'owner', workspace: 'elsewhere' });
    expect(keysOf(await say(core, elsewhere, `admin approve ${id}`))).toEqual(['errors.approval.unknown']);
    expect(await counts(core)).toEqual({ batches: 0, grants: 0 });
  });

  it.each(['approve', 'deny'])('is named by who decides: /admin %s alone says how', async (act) => {
    await using core = await createChat();
    expect(keysOf(await say(core, admin, `/admin ${act}`))).toEqual(['errors.approval.unnamed']);
  });

  it('is over after a day, and until then the draft is there', async () => {
    let now = new Date('2026-05-10T10:00:00Z');
    await using core = await createChat({ now: () => now });
    const id = await askedFor(core);
    expect(keysOf(await say(core, bo, `draft ${id} ask`))).toEqual(['errors.approval.asked']);
    now = new Date('2026-05-11T09:59:59Z');
    expect(keysOf(await say(core, bo, `/draft ${id}`))[0]).toBe('draft.entry');
    now = new Date('2026-05-11T10:00:00Z');
    expect(keysOf(await say(core, admin, `admin approve ${id}`))).toEqual(['errors.approval.unknown']);
  });

  it('is asked about five times at most before the managers have decided, and again once one of them is gone', async () => {
    await using core = await createChat();
    await say(core, owner, '/settings --credits-member 3');
    const ask = async () => {
      const [button = ''] = actionsOf(await say(core, bo, '/imagine a fox --n 5'));
      return { draft: button.split(' ')[1], reply: await say(core, bo, button) };
    };
    const asked = [];
    for (let count = 0; count < 5; count += 1) asked.push((await ask()).draft);
    const refused = messageOf((await ask()).reply);
    expect(refused.lines).toEqual([
      { key: 'errors.approval.tooMany', values: { count: 5, drafts: { list: asked }, draft: asked[0] } },
    ]);
    await say(core, bo, `/draft ${asked[0]} discard`);
    expect(messageOf((await ask()).reply).title).toMatchObject({ key: 'approval.title' });
  });

  it('is not told to the channel where it is private', async () => {
    await using core = await createChat();
    await say(core, owner, '/settings --credits-member 3');
    const refused = await say(core, bo, '/imagine a secret fox --n 5 --private');
    const posted = await say(core, bo, actionsOf(refused)[0] ?? '');
    expect(keysOf(posted)).toEqual(['approval.private', 'approval.hint']);
    expect(JSON.stringify(posted)).not.toContain('secret');
  });

  it('of the channel or the budget is not offered, and not approved', async () => {
    await using core = await createChat();
    const id = await askedFor(core);
    await say(core, owner, '/admin limit channel 4 a day');
    expect(keysOf(await say(core, admin, `admin approve ${id}`))).toEqual(['errors.quota.channelDay']);
    const refused = await say(core, bo, '/imagine a fox --n 5');
    expect(keysOf(refused)).toEqual(['errors.quota.channelDay']);
    expect(actionsOf(refused)).toEqual([]);
    await say(core, owner, '/admin limit channel off');
    expect(keysOf(await say(core, admin, `admin approve ${id}`))).toEqual(['approval.done']);
  });
});
