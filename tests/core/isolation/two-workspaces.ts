import { adminActs } from '#core/admin/acts.ts';
import type { Command, CommandOption } from '#core/commands/define.ts';
import { commands } from '#core/commands/index.ts';
import type { Reply, Role } from '#core/ports/chat.ts';
import { createTestCore, request, say, sender, type TestCore } from '#tests/factories.ts';

/** Stands in everything that is the other workspace's alone. */
export const secret = 'walrus';

/** An answer without the words that were typed, where some of them are said back as a whole value. */
export function withoutTyped(answer: string, line: string): string {
  const words = line.split(' ');
  const runs = words.flatMap((_, start) => words.slice(start).map((_, more) => words.slice(start, start + more + 1)));
  return runs.reduce((left, run) => left.replaceAll(JSON.stringify(run.join(' ')), ''), answer);
}
export const foreignPerson = 'wilma';

/** What is typed for an option of another kind, so that nothing else is refused first. */
const plausible: Partial<Record<CommandOption['kind'], string>> = { numbers: '1', prompts: 'a cat' };

export interface TwoWorkspaces {
  core: TestCore;
  /** Ids of the other workspace, by the kind of option that takes them. */
  foreign: { batch: string; draft: string; name: string };
  /** What buttons and menus of the other workspace's messages say when they are pressed. */
  actions: string[];
  /** Everything that the database holds of the other workspace. */
  foreignRows(): Promise<string>;
}

/** A workspace `two` with one of everything, and a workspace `one` that is to see none of it. */
export async function openTwoWorkspaces(): Promise<TwoWorkspaces> {
  const core = await createTestCore();
  const wilma = sender(foreignPerson, { workspace: 'two', role: 'owner' });
  await say(core, sender('olga', { workspace: 'one', role: 'owner' }), '/settings --credits-guest 9');
  await say(core, wilma, `/settings --style ${secret}`);
  await say(core, wilma, `/preset save ${secret} --style ${secret}`);
  const draft = await say(core, wilma, `/imagine a ${secret} in a draft --draft on`);
  const batch = await request(core, wilma, `a ${secret} --n 2`);
  await core.queue.run(core.deps);
  const replies = [draft];
  const kept = /draft (\w+) run/.exec(JSON.stringify(draft))?.[1];
  for (const line of [
    `draft ${kept} ask`,
    `/status ${batch}`,
    `/picture ${batch} 1`,
    `/zip ${batch}`,
    `/show ${batch}`,
    '/status',
    '/preset',
  ])
    replies.push(await say(core, wilma, line));
  const actions = [...new Set(replies.flatMap(actionsIn))];
  const draftId = actions.map((action) => /^draft (\w+) /.exec(action)?.[1]).find((id) => id !== undefined);
  if (draftId === undefined) throw new Error('there is no draft');
  const tables = await core.sql<{ name: string }[]>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not a.attisdropped order by 1`;
  const foreignRows = async () => {
    const all: string[] = [];
    for (const { name } of tables) {
      const [row] = await core.sql`select coalesce(string_agg(t::text, '\n' order by t::text), '') as rows
        from ${core.sql(name)} t where workspace_id = (select id from workspaces where platform_id = 'two')`;
      all.push(`${name}\n${row?.rows}`);
    }
    return all.join('\n');
  };
  return { core, foreign: { batch, draft: draftId, name: secret }, actions, foreignRows };
}

/** Ids of every button and menu entry. */
function actionsIn(reply: Reply): string[] {
  const found: string[] = [];
  JSON.stringify(reply, (key, value) => {
    if (key === 'id' && typeof value === 'string' && /^[a-z]+ /.test(value)) found.push(value);
    return value;
  });
  return found;
}

/** One line for each option of each command that takes an id, with the other workspace's id in it. */
export function foreignLines(foreign: TwoWorkspaces['foreign']): string[] {
  const lines = commands.flatMap((command) =>
    command.options.flatMap((option) => {
      const id = { batch: foreign.batch, draft: foreign.draft, name: foreign.name }[option.kind as 'batch'];
      return id === undefined ? [] : variants(command, option, id);
    }),
  );
  const inActs = adminActs.flatMap(({ name }) =>
    Object.values(foreign).map((id) => `/admin ${name} ${id} @${foreignPerson}`),
  );
  const asking = [`/retry ${foreign.batch} --ask`, `/retry ${foreign.batch} 1 --ask`];
  return [
    ...lines,
    ...asking,
    ...inActs,
    `/settings --model ${foreign.name}`,
    `/imagine a cat --preset ${foreign.name}`,
  ];
}

function variants(command: Command, option: CommandOption, id: string): string[] {
  const typed = command.options.map((other) => {
    if (other === option) return other.positional ? id : `--${other.name} ${id}`;
    if (!other.positional) return '';
    return other.kind === 'choice' ? (other.choices[0] ?? '') : (plausible[other.kind] ?? '');
  });
  const line = `/${command.name} ${typed.filter(Boolean).join(' ')}`;
  const choices = command.options.find(({ kind, positional }) => kind === 'choice' && positional);
  const others =
    choices?.kind === 'choice'
      ? choices.choices.map((choice) => line.replace(choices.choices[0] ?? '', choice))
      : [line];
  const sure = command.options.some(({ name }) => name === 'sure') ? others.map((one) => `${one} --sure on`) : [];
  return [...others, ...sure];
}

export const who = (role: Role) => sender('olga', { workspace: 'one', role });
