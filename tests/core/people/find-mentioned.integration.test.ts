import { afterAll, beforeAll, expect, it } from 'vitest';
import { findMentioned } from '#core/people/find-mentioned.ts';
import { identify } from '#core/people/identify.ts';
import type { Mention, Sender } from '#core/ports/chat.ts';
import { inWorkspace } from '#db/client.ts';
import { createTestCore, sender, type TestCore } from '#tests/factories.ts';

let core: TestCore;
const olga = sender('olga', { role: 'owner' });
const person = (platformId: string, name: string, username?: string): Sender => ({
  ...olga,
  account: { platformId, name, standing: 'member', ...(username ? { username } : {}) },
});

beforeAll(async () => {
  core = await createTestCore();
  for (const one of [
    olga,
    person('1', 'Ana'),
    person('2', 'Ana Lin'),
    person('3', 'bo'),
    person('4', 'bo'),
    person('5', 'cy', 'Cy_1'),
    person('6', 'cy_1'),
    { ...person('7', 'eve'), workspace: { platformId: 'away', name: 'away' } },
  ])
    await identify(core.deps, one);
});
afterAll(() => core[Symbol.asyncDispose]());

async function find(text: string, mentions: Mention[] = []): Promise<string[] | string> {
  const { actor } = await identify(core.deps, olga);
  const call = { ...olga, mentions } as never;
  try {
    const { person, rest } = await inWorkspace(core.deps.db, actor.workspaceId, (tx) =>
      findMentioned(tx, { actor, call }, text),
    );
    return [person.name, rest];
  } catch (error) {
    return String((error as { code: string }).code);
  }
}
const mention = (typed: string, platformId?: string): Mention => ({
  ...{ typed, kind: 'account', name: typed.replace(/^@/, '') },
  ...(platformId === undefined ? {} : { platformId }),
});

it.each([
  ['whom the platform names', '@Ana admin', [mention('@Ana', '1')], ['Ana', 'admin']],
  ['the longer of two names', '@Ana Lin admin', [mention('@Ana', '1'), mention('@Ana Lin', '2')], ['Ana Lin', 'admin']],
  ['one of two of the same name', '@bo', [mention('@bo', '4')], ['bo', '']],
  ['a code where there is no name', '<@3> x', [mention('<@3>', '3')], ['bo', 'x']],
  ['a name in letters that read as others', '@Ana x', [mention('@\u{1d400}na', '1')], ['Ana', 'x']],
  ['nobody whose name goes on', '@Anabel', [mention('@Ana', '1')], 'person.unknown'],
  ['a username, and not a name that reads like it', '@cy_1', [mention('@cy_1')], ['cy', '']],
  ['a typed name', '@ANA x', [], ['Ana', 'x']],
  ['nobody where two have it', '@bo x', [], 'person.unknown'],
  ['nobody of another workspace by a typed name', '@eve', [], 'person.unknown'],
  ['nobody by a username that is not known', '@zoe', [mention('@zoe')], 'person.unknown'],
  ['nobody without a name', 'x', [], 'person.missing'],
] as const)('finds %s', async (_, text, mentions, found) => {
  expect(await find(text, [...mentions])).toEqual(found);
});

it('a username that somebody else has taken over is theirs', async () => {
  await identify(core.deps, person('6', 'cy_1', 'cy_1'));
  expect(await find('@cy_1', [mention('@cy_1')])).toEqual(['cy_1', '']);
  const [row] = await core.sql`select username from accounts where platform_id = '5'`;
  expect(row).toEqual({ username: null });
});

it('who has not spoken here yet is met where the platform says who that is, with the name that is known elsewhere', async () => {
  expect(await find('<@7> x', [mention('<@7>', '7')])).toEqual(['eve', 'x']);
  expect(await find('@Zoe x', [mention('@Zoe', '8')])).toEqual(['Zoe', 'x']);
  expect(await find('@Zoe', [])).toEqual(['Zoe', '']);
  const rows = await core.sql`
    select a.name, m.role, m.standing from members m join accounts a using (person_id) join workspaces w on w.id = m.workspace_id
    where w.name = 'home' and a.platform_id in ('7', '8') order by 1`;
  expect([...rows]).toEqual(['Zoe', 'eve'].map((name) => ({ name, role: 'member', standing: null })));
});
