import { requireRole } from '#core/actor.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { flagValue } from '#core/commands/flag-value.ts';
import { negativeCharsMax, styleCharsMax } from '#core/commands/imagine.ts';
import { printValue } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import { deletePreset, listPresets, type Preset, savePreset } from '#core/presets/presets.ts';

const done = {
  save: { me: 'commands.preset.savedOwn', everyone: 'commands.preset.savedForAll' },
  delete: { me: 'commands.preset.deletedOwn', everyone: 'commands.preset.deletedForAll' },
} as const;

export const preset = defineCommand({
  name: 'preset',
  role: 'guest',
  options: [
    { name: 'action', kind: 'choice', choices: ['list', 'save', 'delete'], positional: true },
    { name: 'name', kind: 'name', positional: true },
    { name: 'ar', kind: 'ratio' },
    { name: 'model', kind: 'model' },
    { name: 'quality', kind: 'quality' },
    { name: 'style', kind: 'text', max: styleCharsMax },
    { name: 'no', kind: 'text', max: negativeCharsMax },
    { name: 'enhance', kind: 'switch' },
    { name: 'for', kind: 'choice', choices: ['me', 'everyone'] },
  ],
  run: async (tx, context, { action = 'list', name, for: whose = 'me', ...flags }) => {
    const { actor } = context;
    if (action === 'list') return privateAnswer(context, listing(await listPresets(tx, actor)));
    if (name === undefined) throw new UserError('preset.unnamed', { action });
    if (whose === 'everyone') requireRole(actor, 'admin');
    const scope = whose === 'me' ? 'person' : 'workspace';
    if (action === 'delete') await deletePreset(tx, actor, scope, name);
    else {
      const set = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
      if (Object.keys(set).length === 0) throw new UserError('preset.empty', { name });
      await savePreset(tx, actor, scope, name, set);
    }
    if (whose === 'everyone') await recordAct(tx, context, { act: `preset.${action}`, text: name });
    return privateAnswer(context, { lines: [{ key: done[action][whose], values: { name } }], tone: 'success' });
  },
});

function listing(presets: readonly Preset[]) {
  if (presets.length === 0) return { lines: [{ key: 'commands.preset.none' } as const] };
  return {
    title: { key: 'commands.preset.title' } as const,
    fields: presets.map(({ name, scope, flags }) => ({
      label:
        scope === 'person' ? { verbatim: name } : ({ key: 'commands.preset.ofWorkspace', values: { name } } as const),
      value: { verbatim: printFlags(flags) },
    })),
  };
}

/** As they would be typed. */
function printFlags({ style, no, ...flags }: Preset['flags']): string {
  const words = (value: string | undefined) => (value === undefined ? undefined : flagValue(value));
  return Object.entries({ ...flags, style: words(style), no: words(no) })
    .flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${printValue(value)}`]))
    .join(' ');
}
