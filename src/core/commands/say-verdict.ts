import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext, Said } from '#core/commands/define.ts';
import type { UserError } from '#core/errors.ts';
import { admins, everyone, type FoundRole } from '#core/people/role-of.ts';
import { errorText } from '#core/render-error.ts';
import type { Text } from '#src/i18n.ts';

/** What would become of a line; `name` where somebody else is meant. */
export function sayVerdict(
  context: CommandContext,
  { refusal, found, name }: { refusal: UserError | undefined; found: FoundRole; name?: string },
): Said {
  const answer: Text = refusal
    ? name === undefined
      ? { key: 'commands.why.no' }
      : { key: 'commands.why.noFor', values: { name } }
    : name === undefined
      ? { key: 'commands.why.yes' }
      : { key: 'commands.why.yesFor', values: { name } };
  return privateAnswer(context, {
    tone: refusal ? 'warning' : 'success',
    lines: [answer, ...(refusal ? [errorText(refusal)] : [])],
    fields: [{ label: { key: 'commands.why.role' }, value: sayRole(found) }],
  });
}

function sayRole({ role, by, mapping }: FoundRole): Text {
  const values = { role: { key: `roles.${role}` } } as const;
  if (by === 'assigned') return { key: 'commands.why.by.assigned', values };
  if (!mapping) return { key: 'commands.why.by.standing', values };
  if (mapping.platformRole === everyone) return { key: 'commands.why.by.everyone', values };
  if (mapping.platformRole === admins) return { key: 'commands.why.by.admins', values };
  return { key: 'commands.why.by.mapping', values: { role: values.role, name: mapping.name } };
}
