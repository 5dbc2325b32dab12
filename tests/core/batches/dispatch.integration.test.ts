import { describe, expect, it } from 'vitest';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { finishImages } from '#core/batches/finish-images.ts';
import { recountLanes } from '#core/batches/recount-lanes.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { books, createTestCore, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const concurrency = 4;
const oneProvider = () => [createFakeProvider({ concurrency })];
const big = (prompt: string, count: number) => Array.from({ length: count / 50 }, () => `${prompt} --n 50`).join('\n');

/** Ends what is in flight, and fills the room again: the owners of the images that were handed out, in order. */
async function round(core: TestCore): Promise<string[]> {
  const running = await core.sql<{ id: string }[]>`select id from images where state = 'dispatched'`;
  await endImages(
    core,
    running.map((row) => BigInt(row.id)),
  );
  core.queue.empty();
  await dispatchNext(core.deps, 'fake');
  return handedOut(core);
}

async function rounds(core: TestCore, count: number): Promise<string[]> {
  const owners: string[] = [];
  for (let done = 0; done < count; done += 1) owners.push(...(await round(core)));
  return owners;
}

async function handedOut(core: TestCore): Promise<string[]> {
  const ids = core.queue.waiting.flatMap((job) => (job.name === 'generate-image' ? [job.data.imageId] : []));
  const rows = await core.sql<{ id: string; owner: string }[]>`
    select images.id, workspaces.name || '/' || accounts.name as owner from images
    join workspaces on workspaces.id = images.workspace_id join accounts on accounts.person_id = images.person_id`;
  const owners = new Map(rows.map((row) => [row.id, row.owner]));
  return ids.map((id) => owners.get(id) ?? 'nobody');
}

async function endImages(core: TestCore, ids: readonly bigint[]): Promise<void> {
  for (const id of ids) {
    await acrossWorkspaces(core.deps.db, (tx) => finishImages(tx, { ids: [id], from: 'dispatched', to: 'failed' }));
  }
}

async function untilSomebodyWaits({ sql }: TestCore): Promise<void> {
  for (;;) {
    const waiting = await sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    if (waiting.length > 0) return;
  }
}

const tally = (owners: readonly string[], matches: (owner: string) => boolean) => owners.filter(matches).length;

describe('dispatch', () => {
  it('never has more in flight than the provider takes, with eight dispatchers and random ends', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    await core.sql.unsafe(`
      create table overruns (running int);
      create function note_overrun() returns trigger language plpgsql security definer as $$ begin
        insert into overruns select count(*) from images where state = 'dispatched' having count(*) > ${concurrency};
        return null;
      end $$;
      create trigger overrun after update on images for each row when (new.state = 'dispatched') execute function note_overrun();`);
    const people = ['ann', 'ben', 'cat', 'dan'].map((name, index) => sender(name, { workspace: `w${index % 2}` }));
    await Promise.all(people.map((who) => request(core, who, big('a fox', 50))));

    const processes = [core.deps, await core.otherProcess()];
    let open = 200;
    const dispatcher = async (index: number) => {
      for (let step = 0; open > 0; step += 1) {
        await dispatchNext(processes[index % 2] ?? core.deps, 'fake');
        const running = await core.sql<{ id: string }[]>`
          select id from images where state = 'dispatched' order by id offset ${(index + step) % 3} limit 2`;
        await endImages(
          core,
          running.map((row) => BigInt(row.id)),
        );
        const [left] = await core.sql<{ count: number }[]>`
          select count(*)::int as count from images where state in ('queued', 'dispatched')`;
        open = left?.count ?? 0;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => dispatcher(index)));
    expect([...(await core.sql`select * from overruns`)]).toEqual([]);
    expect([...(await core.sql`select waiting from person_lanes where waiting <> 0`)]).toEqual([]);
    expect(await books(core)).toMatchObject({ reserve: 200, refund: 200, held: 0 });
  });

  it('keeps every person and every workspace within their caps, with eight dispatchers and random ends', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider({ concurrency: 12 })] });
    await core.sql.unsafe(`
      create table overruns (what text, running int);
      create function note_overrun() returns trigger language plpgsql security definer as $$ begin
        insert into overruns select 'person', count(*) from images where state = 'dispatched' group by person_id having count(*) > 2;
        insert into overruns select 'workspace', count(*) from images where state = 'dispatched' group by workspace_id having count(*) > 5;
        return null;
      end $$;
      create trigger overrun after update on images for each row when (new.state = 'dispatched') execute function note_overrun();`);
    const people = ['ann', 'ben', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal'].map((name, index) =>
      sender(name, { workspace: `w${index % 2}`, role: 'admin' }),
    );
    for (const who of people.slice(0, 2))
      await say(core, who, '/settings --in-flight-person 2 --in-flight-workspace 5');
    await Promise.all(people.map((who) => request(core, who, 'a fox --n 30')));
    const processes = [core.deps, await core.otherProcess()];
    let open = 240;
    let most = 0;
    const dispatcher = async (index: number) => {
      for (let step = 0; open > 0; step += 1) {
        await dispatchNext(processes[index % 2] ?? core.deps, 'fake');
        const running = await core.sql<{ id: string }[]>`select id from images where state = 'dispatched' order by id`;
        most = Math.max(most, running.length);
        const some = running.filter((_, place) => (place + step) % 3 === 0).slice(0, 3);
        await endImages(
          core,
          some.map((row) => BigInt(row.id)),
        );
        const [left] = await core.sql<{ count: number }[]>`
          select count(*)::int as count from images where state in ('queued', 'dispatched')`;
        open = left?.count ?? 0;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => dispatcher(index)));
    expect([...(await core.sql`select * from overruns`)]).toEqual([]);
    expect(most).toBe(10);
    expect(await books(core)).toMatchObject({ reserve: 240, refund: 240, held: 0 });
  });

  it('gives turns by weight, and a weight that an admin changes holds for what waits', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    const [ann, gus] = [sender('ann', { role: 'admin' }), sender('gus', { role: 'guest' })];
    await request(core, ann, 'a fox --n 50');
    await request(core, gus, 'a fox --n 30');
    const before = await rounds(core, 6);
    expect(tally(before, (owner) => owner === 'home/ann')).toBe(16);
    await say(core, ann, '/settings --weight-admin 1 --weight-guest 3');
    const after = await rounds(core, 6);
    expect(tally(after, (owner) => owner === 'home/gus')).toBeGreaterThanOrEqual(17);
  });

  it('lets nobody who was capped for long take all turns once the cap is gone', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    const ann = sender('ann', { role: 'admin', workspace: 'capped' });
    await say(core, ann, '/settings --in-flight-workspace 1');
    await request(core, ann, big('a fox', 200));
    await request(core, sender('ben', { role: 'admin', workspace: 'busy' }), big('a cat', 500));
    await rounds(core, 40);
    await say(core, ann, '/settings --in-flight-workspace default');
    await rounds(core, 1);
    await request(core, sender('eve', { workspace: 'new' }), 'an owl');
    expect(await rounds(core, 4)).toContain('new/eve');
  });

  it("hands out a newcomer's image in the next round although another workspace has 500 waiting", async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    await request(core, sender('ann', { role: 'owner', workspace: 'busy' }), big('a fox', 500));
    await rounds(core, 10);
    await request(core, sender('ben', { workspace: 'quiet' }), 'a cat');
    expect(await round(core)).toContain('quiet/ben');
  });

  it("hands out a newcomer's image in the next round although another person of the workspace has 500 waiting", async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    await request(core, sender('ann', { role: 'owner' }), big('a fox', 500));
    await rounds(core, 10);
    await request(core, sender('ben'), 'a cat');
    expect(await round(core)).toContain('home/ben');
  });

  it('lets 50 people of one workspace not starve the one of another', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    const crowd = Array.from({ length: 50 }, (_, index) => sender(`p${index}`, { workspace: 'crowd' }));
    await Promise.all(crowd.map((who) => request(core, who, 'a fox --n 4')));
    await request(core, sender('zoe', { workspace: 'alone' }), 'a cat --n 40');
    const owners = await rounds(core, 10);
    const alone = tally(owners, (owner) => owner === 'alone/zoe');
    expect(owners).toHaveLength(40);
    expect(alone).toBeGreaterThanOrEqual(19);
    expect(alone).toBeLessThanOrEqual(21);
    expect(new Set(owners).size).toBe(1 + owners.length - alone);
  });

  it.each([
    ['workspaces', 'other'],
    ['people of a workspace', 'home'],
  ])('shares between %s by what images cost, not by how many they are', async (_, workspace) => {
    const models = [
      { id: 'cheap', credits: 1 },
      { id: 'dear', credits: 3 },
    ];
    await using core = await createTestCore({ providers: [createFakeProvider({ concurrency, models })] });
    await request(core, sender('ann', { role: 'owner' }), 'a fox --n 40 --model cheap');
    await request(core, sender('ben', { role: 'owner', workspace }), 'a fox --n 40 --model dear');
    const cheap = tally(await rounds(core, 8), (owner) => owner === 'home/ann');
    expect(cheap).toBeGreaterThanOrEqual(22);
    expect(cheap).toBeLessThanOrEqual(26);
  });

  it('gives nothing for the time somebody asked for nothing', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    const early = sender('ann', { workspace: 'early' });
    await request(core, early, 'a fox');
    await request(core, sender('ben', { workspace: 'steady' }), big('a cat', 150));
    await rounds(core, 25);
    await request(core, early, 'a fox --n 50');
    const owners = await rounds(core, 5);
    const share = tally(owners, (owner) => owner === 'early/ann');
    expect(share).toBeGreaterThanOrEqual(9);
    expect(share).toBeLessThanOrEqual(11);
  });

  it('gives nothing to a person either for the time of asking nothing', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    await request(core, sender('ann'), 'a fox');
    await request(core, sender('ben'), big('a cat', 150));
    await rounds(core, 25);
    await request(core, sender('ann'), 'a fox --n 50');
    const share = tally(await rounds(core, 5), (owner) => owner === 'home/ann');
    expect(share).toBeGreaterThanOrEqual(9);
    expect(share).toBeLessThanOrEqual(11);
  });

  it("takes a person's images in the order of asking", async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    await request(core, sender('ann'), 'first --n 3');
    await request(core, sender('ann'), 'second --n 3');
    await round(core);
    await round(core);
    const order = await core.sql`select prompt from images order by dispatched_at, id`;
    expect(order.map((row) => row.prompt)).toEqual(['first', 'first', 'first', 'second', 'second', 'second']);
  });

  it('costs a person nothing in the order when a batch is cancelled, and frees its place', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    const ann = sender('ann', { workspace: 'a' });
    const batch = await request(core, ann, big('a fox', 150));
    await say(core, ann, `/cancel ${batch}`);
    expect([
      ...(await core.sql`select waiting from workspace_lanes union all select waiting from person_lanes`),
    ]).toEqual([{ waiting: 0 }, { waiting: 0 }]);
    await request(core, sender('ben', { workspace: 'b' }), 'a cat --n 40');
    await request(core, ann, 'a fox --n 40');
    const share = tally(await rounds(core, 5), (owner) => owner === 'a/ann');
    expect(share).toBeGreaterThanOrEqual(9);
    expect(share).toBeLessThanOrEqual(11);
    expect(await books(core)).toMatchObject({ reserve: 230 });
  });

  it('hands out nothing while the provider asked to wait, and comes back when the wait is over', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    await request(core, sender('ann'), 'a fox');
    await core.sql`insert into dispatch_clocks (provider_id, paused_until) values ('fake', now() + interval '1 hour')`;
    core.queue.empty();
    await dispatchNext(core.deps, 'fake');
    expect(core.queue.waiting).toEqual([]);
    expect(core.queue.delayed.map(({ job }) => job.name)).toEqual(['dispatch-next']);
    expect(core.queue.delayed[0]?.delayMs).toBeGreaterThan(3_500_000);
    await core.sql`update dispatch_clocks set paused_until = now()`;
    core.queue.ripen();
    await core.queue.run(core.deps);
    expect(await books(core)).toMatchObject({ settle: 1 });
  });

  it('passes over a lane that says it has images and has none, and serves the others', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    const lost = await request(core, sender('ann', { workspace: 'a' }), 'a fox --n 2');
    await core.sql`update images set state = 'cancelled' where batch_id = ${lost}`;
    await request(core, sender('ben', { workspace: 'b' }), 'a cat');
    expect(await round(core)).toEqual(['b/ben']);
  });

  it('sets right lanes that count too many, too few, or start behind their first image', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    await request(core, sender('many'), 'a fox --n 2');
    await request(core, sender('few', { workspace: 'b' }), 'a cat --n 3');
    await request(core, sender('right', { workspace: 'c' }), 'a dog --n 4');
    await core.sql`update person_lanes set waiting = 40 where waiting = 2`;
    await core.sql`update workspace_lanes set waiting = 40 where waiting = 2`;
    await core.sql`update person_lanes set waiting = 0, cursor = 1000000 where waiting = 3`;
    await core.sql`update workspace_lanes set waiting = 0 where waiting = 3`;
    await recountLanes(core.deps);
    const counts = (table: string) => core.sql`select waiting from ${core.sql(table)} order by waiting`;
    expect((await counts('person_lanes')).map((row) => row.waiting)).toEqual([2, 3, 4]);
    expect((await counts('workspace_lanes')).map((row) => row.waiting)).toEqual([2, 3, 4]);
    const owners = await rounds(core, 3);
    expect(tally(owners, (owner) => owner === 'b/few')).toBe(3);
    expect(owners).toHaveLength(9);
  });

  it('leaves lanes out that a request holds, and sets them right afterwards', async () => {
    await using core = await createTestCore({ providers: oneProvider() });
    await request(core, sender('ann'), 'a fox --n 2');
    await request(core, sender('ben'), 'a fox --n 3');
    await core.sql`update person_lanes set waiting = 40 where waiting = 3`;
    await core.sql`update workspace_lanes set waiting = 42`;
    const counting = Promise.withResolvers<void>();
    await core.sql.begin(async (open) => {
      await open`select 1 from workspace_lanes for update`;
      recountLanes(core.deps).then(counting.resolve, counting.reject);
      await Promise.race([counting.promise, untilSomebodyWaits(core)]);
      await open`update person_lanes set waiting = waiting where waiting = 2`;
    });
    await counting.promise;
    await recountLanes(core.deps);
    const lanes = await core.sql`
      select waiting from person_lanes union all select waiting from workspace_lanes order by waiting`;
    expect(lanes.map((row) => row.waiting)).toEqual([2, 3, 5]);
  });

  it('keeps providers apart: one that is full or waits does not hold up the other', async () => {
    const second = createFakeProvider({ id: 'second', concurrency: 1, models: [{ id: 'other' }] });
    await using core = await createTestCore({ providers: [...oneProvider(), second] });
    await request(core, sender('ann'), 'a fox --n 9\na cat --n 3 --model other');
    core.queue.empty();
    await dispatchNext(core.deps, 'fake');
    await dispatchNext(core.deps, 'second');
    const running = await core.sql`
      select provider_id, count(*)::int from images where state = 'dispatched' group by 1 order by 1`;
    expect([...running]).toEqual([
      { provider_id: 'fake', count: 4 },
      { provider_id: 'second', count: 1 },
    ]);
  });
});
