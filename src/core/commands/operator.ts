import { operatorTotals } from '#core/batches/operator-totals.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { type CommandContext, defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { isOperator } from '#core/operators.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import { changeOperatorLayer } from '#core/workspaces/operator-layer.ts';
import { operatorSettings } from '#core/workspaces/resolve-settings.ts';

const pattern = /^\s*\/operator(?:@[\w.-]+)?(?=\s|$)\s*([\s\S]*)$/i;

/**
 * For who runs the installation alone, and so in no list of commands: to everybody else it does not exist. What changes a
 * workspace is done in that one's own transaction, and the same again changes nothing.
 */
const operator = defineCommand({
  name: 'operator',
  role: 'guest',
  repeatable: true,
  options: [
    { name: 'act', kind: 'choice', choices: ['totals', 'suspend', 'resume', 'cap'], positional: true },
    { name: 'workspace', kind: 'text', max: 200, positional: true },
    { name: 'running', kind: 'integer', min: 1, max: operatorSettings.inFlightMax, clearable: true },
  ],
  prepare: async (context, { act = 'totals', workspace, running }) => {
    if (act === 'totals') return operatorTotals(context.deps);
    if (workspace === undefined) throw new UserError('operator.whichWorkspace', { act });
    if (act === 'cap' && running === undefined) throw new UserError('operator.capOfWhat');
    const change = act === 'cap' ? { inFlightWorkspace: running ?? null } : { suspended: act === 'suspend' };
    await changeOperatorLayer(context, workspace, change);
    return undefined;
  },
  run: async (_tx, context, { act, workspace = '', running }, totals) => {
    if (totals) return sayTotals(context, totals);
    // Several processes may serve the workspace: they hear of it over the bus.
    context.deps.identities.clear();
    if (act === 'suspend') return say(context, 'operator.suspended', workspace);
    if (act === 'resume') return say(context, 'operator.resumed', workspace);
    if (running === null || running === undefined) return say(context, 'operator.uncapped', workspace);
    return privateAnswer(context, { lines: [{ key: 'operator.capped', values: { workspace, running } }] });
  },
});

/** The command and what stands behind it, where an operator has typed it; tried out it would be done. */
export function readOperator({ deps, call, isTrial }: Pick<CommandContext, 'deps' | 'call' | 'isTrial'>) {
  const [, rest] = !isTrial && isOperator(deps.operators, call) ? (pattern.exec(cleanText(call.text)) ?? []) : [];
  return rest === undefined ? undefined : { command: operator, rest };
}

type Said = 'operator.suspended' | 'operator.resumed' | 'operator.uncapped';

function say(context: CommandContext, key: Said, workspace: string) {
  return privateAnswer(context, { lines: [{ key, values: { workspace } }] });
}

function sayTotals(context: CommandContext, { all, most }: Awaited<ReturnType<typeof operatorTotals>>) {
  const number = (value: number) => ({ key: 'number', values: { value } }) as const;
  return privateAnswer(context, {
    title: { key: 'operator.title' },
    lines: [{ key: 'operator.day' }],
    fields: [
      { label: { key: 'operator.workspaces' }, value: number(all.workspaces) },
      { label: { key: 'operator.suspendedCount' }, value: number(all.suspended) },
      { label: { key: 'operator.people' }, value: number(all.people) },
      { label: { key: 'operator.batches' }, value: number(all.batches) },
      { label: { key: 'operator.pictures' }, value: number(all.pictures) },
      { label: { key: 'operator.credits' }, value: number(all.credits) },
      { label: { key: 'operator.waiting' }, value: number(all.waiting) },
      ...most.map(({ platform, platformId, suspended, pictures, credits }) => ({
        label: { verbatim: `${platform}:${platformId}` },
        value: suspended
          ? ({ key: 'operator.ofSuspended', values: { pictures, credits } } as const)
          : ({ key: 'operator.ofWorkspace', values: { pictures, credits } } as const),
      })),
    ],
  });
}
