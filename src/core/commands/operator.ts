import { operatorTotals } from '#core/batches/operator-totals.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { type CommandContext, defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { isOperator } from '#core/operators.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import { isOff, readBudget } from '#core/quotas/read-budget.ts';
import { changeOperatorLayer, type OperatorCaps, type OperatorChange } from '#core/workspaces/operator-layer.ts';
import { operatorSettings } from '#core/workspaces/resolve-settings.ts';
import type { Text } from '#src/i18n.ts';

/** A large workspace has many people. */
const capCreditsMax = 100 * operatorSettings.creditsMax;

const pattern = /^\s*\/operator(?:@[\w.-]+)?(?=\s|$)\s*([\s\S]*)$/i;

/**
 * For who runs the installation alone, and so in no list of commands but their `/help`: to everybody else it does not exist. What changes a
 * workspace is done in that one's own transaction, and the same again changes nothing.
 */
export const operator = defineCommand({
  name: 'operator',
  role: 'guest',
  repeatable: true,
  options: [
    { name: 'act', kind: 'choice', choices: ['totals', 'suspend', 'resume', 'cap'], positional: true },
    { name: 'workspace', kind: 'text', max: 200, positional: true },
    { name: 'running', kind: 'integer', min: 1, max: operatorSettings.inFlightMax, clearable: true },
    { name: 'credits', kind: 'integer', min: 0, max: capCreditsMax, clearable: true },
    { name: 'money', kind: 'text', max: 60, clearable: true },
  ],
  prepare: async (context, { act = 'totals', workspace, ...typed }) => {
    if (act === 'totals') return { totals: await operatorTotals(context.deps, workspace) };
    if (workspace === undefined) throw new UserError('operator.whichWorkspace', { act });
    const change = act === 'cap' ? readCaps(context, typed) : { suspended: act === 'suspend' };
    return { caps: await changeOperatorLayer(context, workspace, change) };
  },
  run: async (_tx, context, { act, workspace = '' }, { totals, caps }) => {
    if (totals) return sayTotals(context, totals);
    // Several processes may serve the workspace: they hear of it over the bus.
    context.deps.identities.clear();
    if (act === 'suspend') return say(context, 'operator.suspended', workspace);
    if (act === 'resume') return say(context, 'operator.resumed', workspace);
    const texts = capTexts(caps);
    if (texts.length === 0) return say(context, 'operator.uncapped', workspace);
    return privateAnswer(context, {
      lines: [{ key: 'operator.capped', values: { workspace, caps: { list: texts } } }],
    });
  },
});

/** What is to lie on a workspace; what was not typed stays. @throws {UserError} `operator.capOfWhat`, `budget.*` */
function readCaps(
  context: CommandContext,
  {
    running,
    credits,
    money,
  }: { [name in 'running' | 'credits']: number | null | undefined } & {
    money: string | null | undefined;
  },
): OperatorChange {
  const change = {
    ...(running === undefined ? {} : { inFlightWorkspace: running }),
    ...(credits === undefined ? {} : { creditsDay: credits }),
    ...(money === undefined ? {} : { moneyMonth: money === null || isOff(money) ? null : readBudget(context, money) }),
  };
  if (Object.keys(change).length === 0) throw new UserError('operator.capOfWhat');
  return change;
}

function capTexts({ inFlightWorkspace: running, creditsDay: credits, moneyMonth: money }: OperatorCaps): Text[] {
  return [
    ...(running === null ? [] : [{ key: 'operator.cap.running', values: { running } } as const]),
    ...(credits === null ? [] : [{ key: 'operator.cap.credits', values: { credits } } as const]),
    ...(money === null
      ? []
      : [
          {
            key: 'operator.cap.money',
            values: { money: { micros: money.amountMicros, currency: money.currency } },
          } as const,
        ]),
  ];
}

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
      { label: { key: 'operator.cappedCount' }, value: number(all.capped) },
      { label: { key: 'operator.people' }, value: number(all.people) },
      { label: { key: 'operator.batches' }, value: number(all.batches) },
      { label: { key: 'operator.pictures' }, value: number(all.pictures) },
      { label: { key: 'operator.credits' }, value: number(all.credits) },
      { label: { key: 'operator.waiting' }, value: number(all.waiting) },
      ...most.map(({ platform, platformId, suspended, pictures, credits, ...caps }) => ({
        label: { verbatim: `${platform}:${platformId}` },
        value: {
          key: 'list',
          values: {
            items: {
              list: [
                ...(suspended ? [{ key: 'operator.isSuspended' } as const] : []),
                { key: 'operator.ofWorkspace', values: { pictures, credits } } as const,
                ...capTexts(caps),
              ],
            },
          },
        } as const,
      })),
    ],
  });
}
