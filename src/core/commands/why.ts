import { defineCommand } from '#core/commands/define.ts';
import { sayVerdict } from '#core/commands/say-verdict.ts';
import { UserError } from '#core/errors.ts';
import { explainRole } from '#core/people/explain-role.ts';

export const why = defineCommand({
  name: 'why',
  role: 'guest',
  options: [{ name: 'line', kind: 'line', positional: true, required: true }],
  prepare: async (context, { line }) => {
    // What asks about itself would never end.
    if (line === undefined || /^\/?(why|admin\s+why)(\s|$)/i.test(line)) throw new UserError('why.unnamed');
    return context.tryOut(context, line);
  },
  run: async (tx, context, _options, refusal) => {
    const { workspaceId, personId } = context.actor;
    return sayVerdict(context, { refusal, found: await explainRole(tx, workspaceId, personId) });
  },
});
