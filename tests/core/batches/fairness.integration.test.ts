import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { finishImages } from '#core/batches/finish-images.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { createTestCore, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const concurrency = 4;
const roles = ['admin', 'member', 'guest'] as const;
type Who = ReturnType<typeof sender>;

/** Ends what is in flight and fills the room again; resolves to the owners of what was handed out, in order. */
async function round(core: TestCore): Promise<string[]> {
  const running = await core.sql<{ id: string }[]>`select id from images where state = 'dispatched'`;
  for (const { id } of running)
    await acrossWorkspaces(core.deps.db, (tx) =>
      finishImages(tx, { ids: [BigInt(id)], from: 'dispatched', to: 'succeeded' }),
    );
  core.queue.empty();
  await dispatchNext(core.deps, 'fake');
  const ids = core.queue.waiting.flatMap((job) => (job.name === 'generate-image' ? [job.data.imageId] : []));
  const owners = await core.sql<{ id: string; owner: string }[]>`
    select images.id, accounts.name as owner from images join accounts on accounts.person_id = images.person_id
    where images.id = any(${ids}::bigint[])`;
  return ids.map((id) => owners.find((row) => row.id === id)?.owner ?? 'nobody');
}

const weights = fc.record({
  admin: fc.integer({ min: 1, max: 5 }),
  member: fc.integer({ min: 1, max: 5 }),
  guest: fc.integer({ min: 1, max: 5 }),
});
const person = fc.integer({ min: 0, max: 8 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('ask' as const), person, count: fc.integer({ min: 1, max: 25 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), person }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('round' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const workspaceOf = (index: number) => `w${index % 3}`;
const roleOf = (index: number) => roles[Math.floor(index / 3) % 3] ?? 'member';
const people: Who[] = Array.from({ length: 9 }, (_, index) =>
  sender(`p${index}`, { workspace: workspaceOf(index), role: roleOf(index) }),
);

async function openCore(weight: Record<(typeof roles)[number], number>): Promise<TestCore> {
  const core = await createTestCore({ providers: [createFakeProvider({ concurrency })] });
  for (let index = 0; index < 3; index += 1) {
    const owner = sender(`owner${index}`, { workspace: workspaceOf(index), role: 'owner' });
    const flags = roles.map((role) => `--weight-${role} ${weight[role]} --credits-${role} 10000`).join(' ');
    await say(core, owner, `/settings ${flags}`);
  }
  return core;
}

async function play(core: TestCore, steps: readonly Step[], batches: Map<number, string>): Promise<void> {
  for (const next of steps) {
    const who = 'person' in next ? people[next.person] : undefined;
    if (next.kind === 'round') await round(core);
    else if (next.kind === 'ask' && who) batches.set(next.person, await request(core, who, `a fox --n ${next.count}`));
    else if (who && 'person' in next) await say(core, who, `/cancel ${batches.get(next.person) ?? 'aaaaaa'}`);
  }
}

describe('whatever is asked, cancelled and made before', () => {
  it('a batch of one waits at most one window, and for each other flow the images that its weight is worth', async () => {
    await fc.assert(
      fc.asyncProperty(
        weights,
        fc.array(step, { minLength: 5, maxLength: 25 }),
        fc.constantFrom('new', 'w0'),
        async (weight, steps, workspace) => {
          await using core = await openCore(weight);
          await play(core, steps, new Map());
          const active = await core.sql<{ workspace: string; weight: number }[]>`
            select workspaces.platform_id as workspace, l.weight from person_lanes l
            join workspaces on workspaces.id = l.workspace_id where l.waiting > 0`;
          await request(core, sender('newcomer', { workspace, role: 'guest' }), 'an owl');
          const own = workspace === 'new' ? 1 : weight.guest;
          const near = active.filter((flow) => flow.workspace.endsWith(workspace));
          // One turn of another workspace comes before each turn of the newcomer's own.
          const turns = 1 + near.reduce((sum, flow) => sum + Math.ceil(flow.weight / own), 0);
          const far = new Set(
            active.filter((flow) => !flow.workspace.endsWith(workspace)).map((flow) => flow.workspace),
          );
          const bound = concurrency + turns + turns * far.size;
          let handedOut = 0;
          for (;;) {
            const owners = await round(core);
            const place = owners.indexOf('newcomer');
            if (place >= 0) {
              expect(handedOut + place + 1).toBeLessThanOrEqual(bound);
              return;
            }
            handedOut += owners.length;
            expect(handedOut, 'handed out before the newcomer').toBeLessThanOrEqual(bound);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it('what was cancelled before it was handed out costs its person nothing', async () => {
    await fc.assert(
      fc.asyncProperty(weights, person, fc.integer({ min: 1, max: 40 }), async (weight, cancelling, count) => {
        await using core = await openCore(weight);
        await using other = await openCore(weight);
        for (const one of [core, other]) for (const who of people) await request(one, who, 'a fox --n 20');
        const whoCancels = people[cancelling];
        if (!whoCancels) throw new Error('nobody');
        const counts = [new Map<string, number>(), new Map<string, number>()];
        for (let turn = 0; turn < 12; turn += 1) {
          const batch = await request(other, whoCancels, `never mind --n ${count}`);
          await say(other, whoCancels, `/cancel ${batch}`);
          for (const [index, one] of [core, other].entries())
            for (const owner of await round(one)) counts[index]?.set(owner, (counts[index]?.get(owner) ?? 0) + 1);
          for (const { account } of people) {
            const difference = (counts[0]?.get(account.name) ?? 0) - (counts[1]?.get(account.name) ?? 0);
            expect(Math.abs(difference), `${account.name} in turn ${turn}`).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 6 },
    );
  });

  it('people who always wait get shares by weight, within one image of each', async () => {
    await fc.assert(
      fc.asyncProperty(weights, async (weight) => {
        await using core = await openCore(weight);
        const flows = [0, 3, 6].map((index) => ({ who: people[index] as Who, weight: weight[roleOf(index)] }));
        for (const { who } of flows) await request(core, who, 'a fox --n 50');
        const made = new Map<string, number>();
        for (let turn = 0; turn < 12; turn += 1)
          for (const owner of await round(core)) made.set(owner, (made.get(owner) ?? 0) + 1);
        const normalized = flows.map((flow) => ({
          ...flow,
          share: (made.get(flow.who.account.name) ?? 0) / flow.weight,
        }));
        for (const one of normalized)
          for (const two of normalized)
            expect(Math.abs(one.share - two.share)).toBeLessThanOrEqual(1 / one.weight + 1 / two.weight + 1e-9);
      }),
      { numRuns: 8 },
    );
  });
});
