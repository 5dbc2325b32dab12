import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { UserError } from '#core/errors.ts';
import { lockLayer, writeLayer } from '#core/workspaces/layer.ts';

/** Whether people see their batches of this workspace in their direct messages of another. */
export const elsewhere: AdminAct = {
  name: 'elsewhere',
  description: 'commands.admin.acts.elsewhere.description',
  role: 'admin',
  usage: '[on|off]',
  run: async (tx, context, rest) => {
    const { workspaceId } = context.actor;
    const typed = rest.trim().toLowerCase();
    if (!['', 'on', 'off'].includes(typed)) throw new UserError('admin.onOff', { value: rest });
    const place = { workspaceId, scope: 'workspace', scopeId: workspaceId } as const;
    const before = (await lockLayer(tx, place)).elsewhere ?? true;
    if (typed !== '') {
      const set = { elsewhere: typed === 'on' };
      await writeLayer(tx, place, set);
      await recordAct(tx, context, { act: 'elsewhere.set', before: { elsewhere: before }, after: set });
    }
    const isOn = typed === '' ? before : typed === 'on';
    return privateAnswer(context, {
      lines: [{ key: isOn ? 'commands.admin.acts.elsewhere.on' : 'commands.admin.acts.elsewhere.off' }],
      tone: typed === '' ? 'info' : 'success',
    });
  },
};
