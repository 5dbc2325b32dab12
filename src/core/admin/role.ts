import { and, eq, isNotNull } from 'drizzle-orm';
import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { shareLanes } from '#core/batches/join-lanes.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { Answer, CommandContext } from '#core/commands/define.ts';
import { noChoice } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import { findMentioned, findMentionedRole } from '#core/people/find-mentioned.ts';
import { admins, everyone, type RoleMapping } from '#core/people/role-of.ts';
import { assignRole, findMappings, mapRole } from '#core/people/roles.ts';
import { type Role, roles } from '#core/ports/chat.ts';
import type { Tx } from '#db/client.ts';
import { accounts, members } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** As many as a message has room for. */
const shownMax = 40;
const takenBack = 'default';

export const role: AdminAct = {
  name: 'role',
  description: 'commands.admin.acts.role.description',
  role: 'admin',
  usage: '[set @person owner|admin|member|guest|default] [map @role|everyone|admins admin|member|guest|default]',
  run: async (tx, context, rest) => {
    const [, verb = '', about = ''] = /^(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
    switch (verb.toLowerCase()) {
      case '':
        return list(tx, context);
      case 'set':
        return set(tx, context, about);
      case 'map':
        return map(tx, context, about);
      default:
        throw noChoice(verb, ['set', 'map']);
    }
  },
};

async function set(tx: Tx, context: CommandContext, about: string): Promise<Answer> {
  const { person, rest } = await findMentioned(tx, context, about);
  const wanted = readRole(rest, roles);
  const { before, after } = await assignRole(tx, context.actor, person, wanted);
  return done(tx, context, {
    act: {
      act: 'role.set',
      subject: `person:${person.personId}`,
      before: { role: before },
      after: { set: wanted, role: after },
    },
    said: {
      key: wanted === null ? 'commands.admin.acts.role.unset' : 'commands.admin.acts.role.set',
      values: { name: person.name, role: { key: `roles.${after}` } },
    },
  });
}

async function map(tx: Tx, context: CommandContext, about: string): Promise<Answer> {
  const { found, rest } = findMentionedRole(context, await findMappings(tx, context.actor.workspaceId), about);
  const choices = roles.filter((one) => one !== 'owner');
  if (rest.toLowerCase() === 'owner') throw new UserError('role.mapOwner');
  const wanted = readRole(rest, choices) as RoleMapping['role'] | null;
  const before = await mapRole(tx, context.actor, found, wanted);
  return done(tx, context, {
    act: { act: 'role.map', subject: `role:${found.platformRole}`, before: { role: before }, after: { role: wanted } },
    said:
      wanted === null
        ? { key: 'commands.admin.acts.role.unmapped', values: { name: nameOf(found) } }
        : { key: 'commands.admin.acts.role.mapped', values: { name: nameOf(found), role: { key: `roles.${wanted}` } } },
  });
}

/** Shares of the dispatch order go by role, also of what waits already. */
async function done(
  tx: Tx,
  context: CommandContext,
  { act, said }: { act: Parameters<typeof recordAct>[2]; said: Text },
): Promise<Answer> {
  await shareLanes(tx, context.actor.workspaceId, context.settings);
  await recordAct(tx, context, act);
  return { ...privateAnswer(context, { lines: [said], tone: 'success' }), forget: true };
}

async function list(tx: Tx, context: CommandContext): Promise<Answer> {
  const { workspaceId } = context.actor;
  const mappings = await findMappings(tx, workspaceId);
  const set = await tx
    .select({ name: accounts.name, role: members.assigned })
    .from(members)
    .innerJoin(accounts, eq(accounts.personId, members.personId))
    .where(
      and(
        eq(members.workspaceId, workspaceId),
        eq(accounts.platform, context.call.platform),
        isNotNull(members.assigned),
      ),
    )
    .orderBy(accounts.name)
    .limit(shownMax);
  const roleText = (one: Role | null): Text => (one ? { key: `roles.${one}` } : { verbatim: '' });
  return privateAnswer(context, {
    title: { key: 'commands.admin.acts.role.title' },
    lines: [
      { key: 'commands.admin.acts.role.order' },
      ...(mappings.length + set.length === 0 ? [{ key: 'commands.admin.acts.role.none' } as const] : []),
    ],
    fields: [
      ...set.map(({ name, role: given }) => ({
        label: { key: 'commands.admin.acts.role.ofPerson', values: { name } } as const,
        value: roleText(given),
      })),
      ...mappings.map((mapping) => ({
        label: { key: 'commands.admin.acts.role.ofRole', values: { name: nameOf(mapping) } } as const,
        value: roleText(mapping.role),
      })),
    ],
  });
}

function nameOf({ platformRole, name }: Pick<RoleMapping, 'platformRole' | 'name'>) {
  if (platformRole === everyone) return { key: 'commands.admin.acts.role.everyone' } as const;
  if (platformRole === admins) return { key: 'commands.admin.acts.role.admins' } as const;
  return name;
}

/** Null for `default`. @throws {UserError} `role.unknown` */
function readRole(typed: string, choices: readonly Role[]): Role | null {
  const value = typed.trim().toLowerCase();
  if (value === takenBack) return null;
  const found = choices.find((one) => one === value);
  if (!found) throw new UserError('role.unknown', { value: typed, choices: [...choices, takenBack] });
  return found;
}
