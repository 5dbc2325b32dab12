import { requireRole } from '#core/actor.ts';
import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext, CommandOption } from '#core/commands/define.ts';
import { readOptions } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import { type Role, roles } from '#core/ports/chat.ts';
import { nearest } from '#core/prompts/nearest.ts';
import { imagesMax } from '#core/prompts/request.ts';
import type { PlacedRule, Rule } from '#core/workspaces/policy.ts';
import { saveRule } from '#core/workspaces/save-rule.ts';
import { scopeKeys, whoKeys } from '#core/workspaces/say-policy.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import type { Text } from '#src/i18n.ts';

/** Longer than any list of models that there could be. */
const modelsCharsMax = 1_000;

const options = [
  { name: 'role', kind: 'choice', choices: roles },
  { name: 'scope', kind: 'choice', choices: ['workspace', 'channel'] },
  { name: 'allow-models', kind: 'text', max: modelsCharsMax },
  { name: 'deny-models', kind: 'text', max: modelsCharsMax },
  { name: 'images-max', kind: 'integer', min: 0, max: imagesMax, clearable: true },
  { name: 'style', kind: 'switch', clearable: true },
  { name: 'private', kind: 'switch', clearable: true },
] as const satisfies CommandOption[];

interface Typed {
  role?: Role;
  scope?: 'workspace' | 'channel';
  'allow-models'?: string;
  'deny-models'?: string;
  'images-max'?: number | null;
  style?: boolean | null;
  private?: boolean | null;
}

export const policy: AdminAct = {
  name: 'policy',
  description: 'commands.admin.acts.policy.description',
  role: 'admin',
  usage:
    '[--allow-models a,b] [--deny-models a,b] [--images-max 0..500] [--style on|off] [--private on|off] [--role owner|admin|member|guest] [--scope workspace|channel]',
  run: async (tx, context, rest) => {
    const typed: Typed = readOptions({ name: 'admin policy', options }, rest, context.vocabulary);
    const { role = 'member', scope = 'workspace' } = typed;
    const { workspaceId } = context.actor;
    const change = {
      models: readModels(context, typed['allow-models']),
      notModels: readModels(context, typed['deny-models']),
      imagesMax: typed['images-max'],
      style: offOnly(typed.style),
      private: offOnly(typed.private),
    };
    const isChange = Object.values(change).some((value) => value !== undefined);
    if (isChange) {
      // Nobody makes or takes back what holds for themselves.
      requireRole(context.actor, role === 'owner' || role === 'admin' ? 'owner' : 'admin');
      const scopeId = scope === 'workspace' ? workspaceId : context.channelId;
      const saved = await saveRule(tx, { workspaceId, scope, scopeId }, role, change);
      const named = ({ ...rule }: Rule) => ({ role, ...rule });
      await recordAct(tx, context, {
        act: 'policy.set',
        subject: `${scope}:${scopeId}`,
        before: named(saved.before),
        after: named(saved.after),
      });
    }
    const { rules } = resolveLayers(await findLayers(tx, workspaceId), workspaceId, context.channelId);
    const shown = rules.filter((rule) => sayRule(rule).length > 0);
    return {
      ...privateAnswer(context, {
        tone: isChange ? 'success' : 'info',
        title: { key: isChange ? 'commands.admin.acts.policy.saved' : 'commands.admin.acts.policy.title' },
        lines: [{ key: shown.length > 0 ? 'commands.admin.acts.policy.strictest' : 'commands.admin.acts.policy.none' }],
        fields: shown.map((rule) => ({
          label: {
            key: 'commands.admin.acts.policy.of',
            values: { scope: { key: scopeKeys[rule.scope] }, who: { key: whoKeys[rule.role] } },
          },
          value: { key: 'list', values: { items: { list: sayRule(rule) } } },
        })),
      }),
      forget: isChange,
    };
  },
};

/** On allows what others do not forbid, which is no rule. */
function offOnly(typed: boolean | null | undefined): false | null | undefined {
  return typed === undefined || typed === false ? typed : null;
}

function sayRule({ models, notModels, imagesMax: most, style, private: alone }: PlacedRule): Text[] {
  return [
    ...(models ? [{ key: 'commands.admin.acts.policy.models', values: { models: { list: models } } } as const] : []),
    ...(notModels?.length
      ? [{ key: 'commands.admin.acts.policy.notModels', values: { models: { list: notModels } } } as const]
      : []),
    ...(most === undefined ? [] : [{ key: 'commands.admin.acts.policy.images', values: { count: most } } as const]),
    ...(style === false ? [{ key: 'commands.admin.acts.policy.style' } as const] : []),
    ...(alone === false ? [{ key: 'commands.admin.acts.policy.private' } as const] : []),
  ];
}

/** Ids with commas between them; null for `default`. @throws {UserError} `option.model` */
function readModels({ vocabulary }: CommandContext, typed: string | undefined): string[] | null | undefined {
  if (typed === undefined) return undefined;
  if (typed.toLowerCase() === 'default') return null;
  const { models } = vocabulary;
  return typed.split(/[,\s]+/).flatMap((word) => {
    if (word === '') return [];
    const model = models.find((id) => id.toLowerCase() === word.toLowerCase());
    if (!model)
      throw new UserError('option.model', { value: word, nearest: nearest(word, models), models: [...models] });
    return [model];
  });
}
