import { printChange } from '#core/audit/print-change.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { shareLanes } from '#core/batches/join-lanes.ts';
import { defaultModel } from '#core/batches/models.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { styleCharsMax } from '#core/commands/imagine.ts';
import { languageName } from '#core/commands/language.ts';
import { printRatio } from '#core/commands/print-ratio.ts';
import { UserError } from '#core/errors.ts';
import { roles } from '#core/ports/chat.ts';
import { imagesMax } from '#core/prompts/request.ts';
import { operatorSettings } from '#core/workspaces/resolve-settings.ts';
import { findLayers, resolveLayers, saveSettings } from '#core/workspaces/settings.ts';
import type { Text } from '#src/i18n.ts';

const credits = { kind: 'integer', min: 0, max: operatorSettings.creditsMax, clearable: true } as const;
const weight = { kind: 'integer', min: 1, max: operatorSettings.weightMax, clearable: true } as const;
const inFlight = { kind: 'integer', min: 1, max: operatorSettings.inFlightMax, clearable: true } as const;

export const settings = defineCommand({
  name: 'settings',
  role: 'admin',
  options: [
    { name: 'language', kind: 'language', clearable: true },
    { name: 'time-zone', kind: 'timeZone', clearable: true },
    { name: 'model', kind: 'model', clearable: true },
    { name: 'ar', kind: 'ratio', clearable: true },
    { name: 'style', kind: 'text', max: styleCharsMax, clearable: true },
    { name: 'credits-owner', ...credits },
    { name: 'credits-admin', ...credits },
    { name: 'credits-member', ...credits },
    { name: 'credits-guest', ...credits },
    { name: 'weight-owner', ...weight },
    { name: 'weight-admin', ...weight },
    { name: 'weight-member', ...weight },
    { name: 'weight-guest', ...weight },
    { name: 'in-flight-person', ...inFlight },
    { name: 'in-flight-workspace', ...inFlight },
    { name: 'failover', kind: 'switch', clearable: true },
    { name: 'draft-images', kind: 'integer', min: 0, max: imagesMax, clearable: true },
    { name: 'draft-credits', kind: 'integer', min: 0, max: operatorSettings.creditsMax, clearable: true },
    { name: 'private', kind: 'switch', clearable: true },
    { name: 'scope', kind: 'choice', choices: ['workspace', 'channel'] },
  ],
  run: async (tx, context, options) => {
    const { scope = 'workspace', ...changes } = options;
    const scopeId = scope === 'workspace' ? context.actor.workspaceId : context.channelId;
    const place = { workspaceId: context.actor.workspaceId, scope, scopeId };
    const changed = Object.values(changes).some((value) => value !== undefined);
    const ofWorkspace = Object.entries(changes).find(
      ([name, value]) => value !== undefined && /^(weight-|in-flight-|draft-|failover$)/.test(name),
    );
    if (ofWorkspace && scope === 'channel') throw new UserError('settings.workspaceOnly', { option: ofWorkspace[0] });
    const before = changed ? await findLayers(tx, context.actor.workspaceId) : [];
    if (changed) {
      await saveSettings(tx, place, {
        language: changes.language,
        timeZone: changes['time-zone'],
        model: changes.model,
        ratio: changes.ar,
        style: changes.style,
        credits: {
          owner: changes['credits-owner'],
          admin: changes['credits-admin'],
          member: changes['credits-member'],
          guest: changes['credits-guest'],
        },
        weights: {
          owner: changes['weight-owner'],
          admin: changes['weight-admin'],
          member: changes['weight-member'],
          guest: changes['weight-guest'],
        },
        inFlightPerson: changes['in-flight-person'],
        inFlightWorkspace: changes['in-flight-workspace'],
        failover: changes.failover,
        draftImages: changes['draft-images'],
        draftCredits: changes['draft-credits'],
        private: changes.private,
      });
    }
    const { workspaceId } = context.actor;
    const resolved = resolveLayers(await findLayers(tx, workspaceId), workspaceId, context.channelId);
    if (ofWorkspace) await shareLanes(tx, workspaceId, resolved);
    if (changed) {
      const layer = before.find((row) => row.scopeId === scopeId);
      await recordAct(tx, context, { subject: `${scope}:${scopeId}`, ...printChange(changes, layer) });
    }
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
        { label: { key: 'commands.settings.field.ar' }, value: { verbatim: printRatio(resolved.ratio) } },
        {
          label: { key: 'commands.settings.field.style' },
          value: resolved.style === undefined ? { key: 'commands.settings.noStyle' } : { verbatim: resolved.style },
        },
        ...roles.map((role) => ({
          label: { key: 'commands.settings.field.credits', values: { role: { key: `roles.${role}` } } } as const,
          value: { key: 'number', values: { value: resolved.credits[role] } } as const,
        })),
        {
          label: { key: 'commands.settings.field.weights' },
          value: {
            key: 'list',
            values: {
              items: {
                list: roles.map((role) => ({
                  key: 'commands.settings.weight',
                  values: { role: { key: `roles.${role}` }, weight: resolved.weights[role] },
                })),
              },
            },
          },
        },
        { label: { key: 'commands.settings.field.inFlightPerson' }, value: capText(resolved.inFlight.person) },
        { label: { key: 'commands.settings.field.inFlightWorkspace' }, value: capText(resolved.inFlight.workspace) },
        {
          label: { key: 'commands.settings.field.failover' },
          value: { key: resolved.failover ? 'commands.settings.on' : 'commands.settings.off' },
        },
        {
          label: { key: 'commands.settings.field.draft' },
          value: {
            key: 'commands.settings.draft',
            values: { images: resolved.draft.images, credits: resolved.draft.credits },
          },
        },
        {
          label: { key: 'commands.settings.field.private' },
          value: { key: resolved.private ? 'commands.settings.on' : 'commands.settings.off' },
        },
      ],
    });
    // A cap that was raised may let go what waited for it.
    const jobs = ofWorkspace
      ? context.deps.providers.map(({ id }) => ({
          name: 'dispatch-next' as const,
          data: { providerId: id, requestId: context.requestId },
        }))
      : [];
    return { ...answer, forget: changed, jobs };
  },
});

function capText(cap: number | null): Text {
  return cap === null ? { key: 'commands.settings.noCap' } : { key: 'number', values: { value: cap } };
}
