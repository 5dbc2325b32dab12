import { defaultModel } from '#core/batches/models.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { languageName } from '#core/commands/language.ts';
import { roles } from '#core/ports/chat.ts';
import { operatorSettings } from '#core/workspaces/resolve-settings.ts';
import { findLayers, resolveLayers, saveSettings } from '#core/workspaces/settings.ts';

const credits = { kind: 'integer', min: 0, max: operatorSettings.creditsMax, clearable: true } as const;

export const settings = defineCommand({
  name: 'settings',
  role: 'admin',
  options: [
    { name: 'language', kind: 'language', clearable: true },
    { name: 'time-zone', kind: 'timeZone', clearable: true },
    { name: 'model', kind: 'model', clearable: true },
    { name: 'credits-owner', ...credits },
    { name: 'credits-admin', ...credits },
    { name: 'credits-member', ...credits },
    { name: 'credits-guest', ...credits },
    { name: 'scope', kind: 'choice', choices: ['workspace', 'channel'] },
  ],
  run: async (tx, context, options) => {
    const { scope = 'workspace', ...changes } = options;
    const scopeId = scope === 'workspace' ? context.actor.workspaceId : context.channelId;
    const place = { workspaceId: context.actor.workspaceId, scope, scopeId };
    const changed = Object.values(changes).some((value) => value !== undefined);
    if (changed) {
      await saveSettings(tx, place, {
        language: changes.language,
        timeZone: changes['time-zone'],
        model: changes.model,
        credits: {
          owner: changes['credits-owner'],
          admin: changes['credits-admin'],
          member: changes['credits-member'],
          guest: changes['credits-guest'],
        },
      });
    }
    const { workspaceId } = context.actor;
    const resolved = resolveLayers(await findLayers(tx, workspaceId), workspaceId, context.channelId);
    const answer = privateAnswer(context, {
      tone: changed ? 'success' : 'info',
      title: { key: changed ? `commands.settings.saved.${scope}` : 'commands.settings.title' },
      lines: changed ? [] : [{ key: 'commands.settings.hint' }],
      fields: [
        {
          label: { key: 'commands.settings.field.language' },
          value: resolved.language
            ? { verbatim: languageName(resolved.language) }
            : { key: 'commands.settings.languageOfReader' },
        },
        { label: { key: 'commands.settings.field.timeZone' }, value: { verbatim: resolved.timeZone } },
        {
          label: { key: 'commands.settings.field.model' },
          value: { verbatim: defaultModel(context.deps.providers, resolved.model).model.id },
        },
        ...roles.map((role) => ({
          label: { key: 'commands.settings.field.credits', values: { role: { key: `roles.${role}` } } } as const,
          value: { key: 'number', values: { value: resolved.credits[role] } } as const,
        })),
      ],
    });
    return { ...answer, forget: changed };
  },
});
