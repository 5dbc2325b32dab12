import type { AdminAct } from '#core/admin/act.ts';
import { sayVerdict } from '#core/commands/say-verdict.ts';
import { UserError } from '#core/errors.ts';
import { explainRole } from '#core/people/explain-role.ts';
import { findMentioned } from '#core/people/find-mentioned.ts';
import { findPersonIds } from '#core/people/find-person-ids.ts';
import type { FoundRole } from '#core/people/role-of.ts';
import { inWorkspace } from '#db/client.ts';

interface Verdict {
  refusal: UserError | undefined;
  found: FoundRole;
  name: string;
}

export const why: AdminAct = {
  name: 'why',
  description: 'commands.admin.acts.why.description',
  role: 'admin',
  usage: '@person line',
  prepare: async (context, rest): Promise<Verdict> => {
    const { deps, actor } = context;
    const { workspaceId } = actor;
    const { person, personIds, line, found } = await inWorkspace(deps.db, workspaceId, async (tx) => {
      const named = await findMentioned(tx, context, rest);
      const role = await explainRole(tx, workspaceId, named.person.personId);
      const ids = await findPersonIds(tx, named.person.personId);
      return { person: named.person, personIds: ids, line: named.rest, found: role };
    });
    if (line === '' || /^\/?(why|admin\s+why)(\s|$)/i.test(line)) throw new UserError('why.unnamed');
    const { personId, accountId, name } = person;
    const theirs = { workspaceId, personId, personIds, accountId, role: found.role };
    return { refusal: await context.tryOut({ ...context, actor: theirs }, line), found, name };
  },
  run: async (_tx, context, _rest, verdict) => sayVerdict(context, verdict as Verdict),
};
