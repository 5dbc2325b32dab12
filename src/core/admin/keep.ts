import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { UserError } from '#core/errors.ts';
import { lockLayer, writeLayer } from '#core/workspaces/layer.ts';
import type { Text } from '#src/i18n.ts';

const columns = { prompts: 'keepPrompts', pictures: 'keepPictures', logs: 'keepLogs' } as const;
type Kind = keyof typeof columns;
const kinds = Object.keys(columns) as Kind[];
const daysMax = 3650;

/** For how many days a workspace keeps what people typed, pictures, and answers and names beside the log. */
export const keep: AdminAct = {
  name: 'keep',
  description: 'commands.admin.acts.keep.description',
  role: 'admin',
  usage: '[prompts|pictures|logs] [days|default]',
  run: async (tx, context, rest) => {
    const { workspaceId } = context.actor;
    const [typed = '', value = '', more] = rest.trim().toLowerCase().split(/\s+/);
    const kind = kinds.find((one) => one === typed);
    const days = /^\d{1,4}$/.test(value) ? Number(value) : null;
    const isRight =
      kind && more === undefined && (value === 'default' || (days !== null && days >= 1 && days <= daysMax));
    if (typed !== '' && !isRight) throw new UserError('admin.keep', { value: rest, max: daysMax });
    const place = { workspaceId, scope: 'workspace', scopeId: workspaceId } as const;
    const before = await lockLayer(tx, place);
    const kept = Object.fromEntries(kinds.map((one) => [one, before[columns[one]]])) as Record<Kind, number | null>;
    if (kind) {
      await writeLayer(tx, place, { [columns[kind]]: days });
      await recordAct(tx, context, { act: 'keep.set', before: { [kind]: kept[kind] }, after: { [kind]: days } });
      kept[kind] = days;
    }
    const say = (count: number | null): Text =>
      count === null
        ? { key: 'commands.admin.acts.keep.forGood' }
        : { key: 'commands.admin.acts.keep.days', values: { count } };
    return privateAnswer(context, {
      title: { key: 'commands.admin.acts.keep.title' },
      lines: [{ key: 'commands.admin.acts.keep.means' }],
      fields: [
        { label: { key: 'commands.admin.acts.keep.prompts' }, value: say(kept.prompts) },
        { label: { key: 'commands.admin.acts.keep.pictures' }, value: say(kept.pictures) },
        { label: { key: 'commands.admin.acts.keep.logs' }, value: say(kept.logs) },
      ],
      tone: kind ? 'success' : 'info',
    });
  },
};
