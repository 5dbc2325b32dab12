import { eq, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { estimateBatch } from '#core/batches/estimate-batch.ts';
import { inWorkspace } from '#db/client.ts';
import { images } from '#db/schema/index.ts';
import { createTestCore, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

async function cardOf(core: TestCore, who: ReturnType<typeof sender>, batch: string) {
  const reply = await say(core, who, `/status ${batch}`);
  if (reply.kind !== 'message') throw new Error('no answer');
  const left = reply.message.fields.find(({ label }) => 'key' in label && label.key === 'card.field.left')?.value;
  const ahead = reply.message.lines.find((line) => 'key' in line && line.key === 'card.ahead');
  return {
    ahead: ahead && 'key' in ahead ? ahead.values?.count : 0,
    left: left && 'key' in left ? left.values?.duration : undefined,
  };
}

it('says how many pictures come first, in fair order over people and workspaces', async () => {
  await using core = await createTestCore({ providers: [createFakeProvider({ concurrency: 1 })] });
  const [ann, ben, eve] = [sender('ann'), sender('ben'), sender('eve', { workspace: 'away' })];
  const first = await request(core, ann, 'a fox --n 30');
  expect((await cardOf(core, ann, first)).ahead).toBe(0);
  const second = await request(core, ann, 'a cat --n 2');
  expect((await cardOf(core, ann, second)).ahead).toBe(30);
  const bens = await request(core, ben, 'a dog');
  expect((await cardOf(core, ben, bens)).ahead, 'one turn of ann').toBe(1);
  const eves = await request(core, eve, 'an owl');
  expect((await cardOf(core, eve, eves)).ahead, 'one turn of the other workspace').toBe(1);
});

it('counts the turns of others by their weight, and says when a cap is what keeps it waiting', async () => {
  await using core = await createTestCore({ providers: [createFakeProvider({ concurrency: 2 })] });
  const [ann, gus] = [sender('ann', { role: 'admin' }), sender('gus', { role: 'guest' })];
  await request(core, ann, 'a fox --n 30');
  const guests = await request(core, gus, 'a cat --n 4');
  expect((await cardOf(core, gus, guests)).ahead).toBe(1);
  const more = await request(core, gus, 'a dog');
  expect((await cardOf(core, gus, more)).ahead, 'four of their own, and twice as many of ann').toBe(4 + 9);
  await say(core, ann, '/settings --in-flight-person 1');
  await dispatchNext(core.deps, 'fake');
  const third = await request(core, ann, 'an owl');
  const reply = await say(core, ann, `/status ${third}`);
  if (reply.kind !== 'message') throw new Error('no answer');
  expect(reply.message.lines).toContainEqual({ key: 'card.capped', values: { count: 1 } });
});

it('says how long it will take once it was measured, and nothing before', async () => {
  await using core = await createTestCore({ providers: [createFakeProvider({ concurrency: 2 })] });
  const ann = sender('ann');
  const batch = await request(core, ann, 'a fox --n 6');
  expect((await cardOf(core, ann, batch)).left).toBeUndefined();
  await core.queue.run(core.deps);
  await core.sql`update images set finished_at = dispatched_at + interval '10 seconds'`;
  const next = await request(core, ann, 'a fox --n 6');
  expect((await cardOf(core, ann, next)).left).toEqual({ seconds: 30 });
  await dispatchNext(core.deps, 'fake');
  expect((await cardOf(core, ann, next)).left).toEqual({ seconds: 30 });
});

it('does not look through all who wait, also where the database has not counted its rows yet', async () => {
  await using core = await createTestCore({ providers: [createFakeProvider({ concurrency: 1 })] });
  for (const name of ['ann', 'ben', 'cem', 'dee', 'fay', 'gus', 'hal', 'ida'])
    await request(core, sender(name), 'a fox --n 50');
  const batch = await request(core, sender('eve', { workspace: 'away' }), 'an owl');
  const rowsRead = async () => {
    const [row] = await core.sql<{ rows: number }[]>`
      select idx_tup_read::int as rows from pg_stat_user_indexes where indexrelname = 'images_queued'`;
    return row?.rows ?? 0;
  };
  const [workspace] = await core.sql<{ id: string }[]>`select workspace_id as id from batches where id = ${batch}`;
  const before = await rowsRead();
  await inWorkspace(core.deps.db, workspace?.id ?? '', async (tx) => {
    const rows = await tx.select().from(images).where(eq(images.batchId, batch));
    // Often enough for a plan that is kept.
    for (let time = 0; time < 10; time += 1) await estimateBatch(tx, core.deps, rows);
    await tx.execute(sql`select pg_stat_force_next_flush()`);
  });
  expect((await rowsRead()) - before).toBeLessThan(100);
});
