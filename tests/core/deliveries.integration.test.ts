import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dispatch } from '#core/dispatch.ts';
import type { CommandCall } from '#core/ports/chat.ts';
import { createTestCore, keysOf, sender } from '#tests/factories.ts';

const ann = sender('ann');
const delivery = (text: string): CommandCall => ({
  ...ann,
  deliveryKey: randomUUID(),
  requestId: randomUUID(),
  conversation: { platform: 'fake', channel: ann.channel.platformId },
  text,
  files: [],
});

describe('a delivery that comes again', () => {
  it('gets nothing in the process that had it, whatever the command', async () => {
    await using core = await createTestCore();
    for (const text of ['/imagine a fox', '/quota', '/help', '/nonsense']) {
      const call = delivery(text);
      const replies = [await dispatch(core.deps, call), await dispatch(core.deps, { ...call, requestId: 'again' })];
      expect([text, replies.map(({ kind }) => kind)]).toEqual([text, ['message', 'none']]);
    }
    expect(await core.sql`select 1 from batches`).toHaveLength(1);
  });

  it('runs once over two processes, and is not answered by the second once the first has', async () => {
    await using core = await createTestCore();
    const other = await core.otherProcess();
    const call = delivery('/quota');
    await dispatch(core.deps, call);
    core.deps.deliveries.answered(call);
    await core.deps.deliveries.flush();
    expect(await dispatch(other, call)).toEqual({ kind: 'none' });
  });

  it('is answered with the kept reply when the first process never answered', async () => {
    await using core = await createTestCore();
    const other = await core.otherProcess();
    const call = delivery('/quota');
    const first = await dispatch(core.deps, call);
    await core.sql`update calls set created_at = now() - interval '1 minute'`;
    expect(await dispatch(other, call)).toEqual(JSON.parse(JSON.stringify(first)));
  });

  it('leaves the card of a batch to the outbox, and charges once', async () => {
    await using core = await createTestCore();
    const other = await core.otherProcess();
    const call = delivery('/imagine a fox --n 3');
    await dispatch(core.deps, call);
    await core.sql`update calls set created_at = now() - interval '1 minute'`;
    expect(await dispatch(other, call)).toEqual({ kind: 'none' });
    expect(await core.sql`select 1 from batches`).toHaveLength(1);
    // As the version before kept it.
    const kept = { kind: 'message', postingId: '1', message: {} };
    await core.sql`update calls set reply = ${core.sql.json(kept)}`;
    expect(await dispatch(await core.otherProcess(), call)).toEqual({ kind: 'none' });
  });

  it.each(['batches', 'ledger', 'workspace_lanes', 'person_lanes'])(
    'is run again when the first try failed on our side, at %s, and wrote nothing',
    async (table) => {
      await using core = await createTestCore();
      const call = delivery('/imagine a fox');
      await core.sql`alter table ${core.sql(table)} rename to lost`;
      expect(keysOf(await dispatch(core.deps, call))).toEqual(['errors.bug']);
      await core.sql`alter table lost rename to ${core.sql(table)}`;
      expect([...(await core.sql`select 1 from calls`), ...(await core.sql`select 1 from images`)]).toEqual([]);
      const again = await dispatch(core.deps, call);
      expect(again).toMatchObject({ kind: 'message', postingId: expect.any(String) });
    },
  );
});

describe('what holds for a person', () => {
  it('is read once, and anew after a change, in every process', async () => {
    await using core = await createTestCore();
    const other = await core.otherProcess();
    const titleIn = async (deps: typeof other) => {
      const reply = await dispatch(deps, { ...delivery('/help') });
      return reply.kind === 'message' ? reply.message.locale : undefined;
    };
    expect([await titleIn(core.deps), await titleIn(other)]).toEqual(['en', 'en']);
    await core.sql`update accounts set language = 'zh-TW'`;
    expect(await titleIn(core.deps), 'not asked of the database').toBe('en');
    await dispatch(core.deps, delivery('/language zh-TW'));
    expect(await titleIn(core.deps), 'at once where it was changed').toBe('zh-TW');
    await expect.poll(() => titleIn(other)).toBe('zh-TW');
  });
});
