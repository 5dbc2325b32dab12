import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOperators } from '#core/operators.ts';
import { createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';

let core: TestCore;
const root = sender('root', { workspace: 'hq', role: 'guest' });
const ann = sender('ann', { workspace: 'one', role: 'owner' });

beforeAll(async () => {
  core = await createTestCore({ operators: new Set(['fake:root', 'fake:two/cy']) });
});
afterAll(() => core[Symbol.asyncDispose]());

const rows = () => core.sql`select w.platform_id as workspace, a.act, a.before, a.after, a.channel_id
  from audit_entries a join workspaces w on w.id = a.workspace_id where a.act like 'operator.%' order by a.at`;

describe('/operator', () => {
  it.each([
    ['an owner', ann],
    ['an operator of another workspace', sender('cy', { workspace: 'one', role: 'owner' })],
    ['somebody of another platform with the same id', { ...root, platform: 'other' }],
  ])('does not exist for %s', async (_name, who) => {
    const reply = await say(core, who, '/operator suspend fake:one');
    expect(keysOf(reply)).toEqual(['errors.command.unknown']);
    expect(await rows()).toEqual([]);
  });

  it('is in the help of who runs the installation, with its usage, and in nobody else’s', async () => {
    expect(JSON.stringify(await say(core, root, '/help'))).toContain(
      '/operator [totals|suspend|resume|cap] [workspace] …',
    );
    const own = JSON.stringify(await say(core, root, '/help operator'));
    expect(own).toContain(
      '/operator [totals|suspend|resume|cap] [workspace] [--running 1..100] [--credits 0..10000000] [--money text]',
    );
    expect(own).toContain('commands.operator.options.money');
    expect(JSON.stringify(await say(core, ann, '/help'))).not.toContain('operator');
    expect(keysOf(await say(core, ann, '/help operator'))).toEqual(['errors.command.unknown']);
  });

  it('is not done by asking whether it may be', async () => {
    for (const line of ['/why operator suspend fake:one', '/why /operator suspend fake:one'])
      await say(core, root, line);
    expect(await rows()).toEqual([]);
  });

  it('shows numbers over all workspaces, and nothing of what they hold', async () => {
    await request(core, ann, 'a walrus --n 3');
    await core.queue.run(core.deps);
    const reply = JSON.stringify(await say(core, root, '/operator'));
    expect(reply).toContain('fake:one');
    expect(reply).toContain('"pictures":3');
    expect(reply).not.toMatch(/walrus|ann/);
  });

  it('suspends a workspace: its commands get one sentence, what it asked for is finished, and its own log says so', async () => {
    const batch = await request(core, ann, 'a fox --n 2');
    expect(keysOf(await say(core, root, '/operator suspend fake:one'))).toEqual(['operator.suspended']);
    expect(keysOf(await say(core, root, '/operator suspend fake:one'))).toEqual(['operator.suspended']);
    for (const line of ['/imagine a cat', '/status', '/help', '/settings --credits-guest 3'])
      expect(keysOf(await say(core, ann, line)), line).toEqual(['errors.workspace.suspended']);
    expect(keysOf(await say(core, sender('bo', { workspace: 'two' }), '/status'))).not.toContain(
      'errors.workspace.suspended',
    );
    await core.queue.run(core.deps);
    const images = await core.sql`select distinct state from images where batch_id = ${batch}`;
    expect(images).toEqual([{ state: 'succeeded' }]);
    const acts = await rows();
    expect(acts).toMatchObject([{ workspace: 'one', after: { suspended: true }, channel_id: null }]);
  });

  it('resumes it', async () => {
    expect(keysOf(await say(core, root, '/operator resume fake:one'))).toEqual(['operator.resumed']);
    expect(keysOf(await say(core, ann, '/status'))).not.toContain('errors.workspace.suspended');
    expect(await rows()).toHaveLength(2);
  });

  it('caps how many pictures are made at once, which the workspace’s own setting cannot raise', async () => {
    await say(core, root, '/operator cap fake:one --running 2');
    await say(core, ann, '/settings --in-flight-workspace 50');
    const capOf = async () =>
      (
        await core.sql`select distinct l.cap from workspace_lanes l
      join workspaces w on w.id = l.workspace_id where w.platform_id = 'one'`
      )[0]?.cap;
    expect(await capOf()).toBe(2);
    await request(core, ann, 'an owl');
    expect(await capOf()).toBe(2);
    expect(keysOf(await say(core, root, '/operator cap fake:one --running default'))).toEqual(['operator.uncapped']);
    expect(await capOf()).toBe(50);
  });

  it.each([
    ['/operator suspend', 'errors.operator.whichWorkspace'],
    ['/operator suspend fake:nowhere', 'errors.operator.unknownWorkspace'],
    ["/operator suspend fake:one'--", 'errors.operator.unknownWorkspace'],
    ['/operator cap fake:one', 'errors.operator.capOfWhat'],
    ['/operator cap fake:one --money lots', 'errors.budget.text'],
    ['/operator cap fake:one --money 100eur', 'errors.budget.rate'],
    ['/operator totals fake:nowhere', 'errors.operator.unknownWorkspace'],
  ])('says what is missing in %s', async (line, key) => {
    expect(keysOf(await say(core, root, line))).toEqual([key]);
  });
});

describe('EASEL_OPERATORS', () => {
  it('names accounts, and those of a workspace', () => {
    expect(readOperators('discord:123, slack:T1/U2')).toEqual(new Set(['discord:123', 'slack:T1/U2']));
  });

  it.each(['', 'discord', 'discord:', ':123', 'discord:1,', 'slack:T1/', 'slack:T1/U2/U3', 'Discord:1', 'discord:1 2'])(
    'is refused as %j',
    (list) => expect(readOperators(list)).toHaveProperty('problem'),
  );
});
