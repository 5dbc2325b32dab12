import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { approve as approveBatch, deny as denyBatch, findApproval } from '#core/batches/approvals.ts';
import { privateAnswer } from '#core/commands/answer.ts';

export const approve: AdminAct = {
  name: 'approve',
  description: 'commands.admin.acts.approve.description',
  role: 'admin',
  usage: 'draft [reason]',
  decides: true,
  run: async (tx, context, words) => {
    const decision = await findApproval(tx, context, words);
    const { batchId, credits, passed, jobs, written } = await approveBatch(tx, context, decision);
    const { id, personId } = decision.approval;
    const after = { draft: id, batch: batchId, credits, ...(passed > 0 ? { passed } : {}) };
    await recordAct(tx, context, { act: 'approval.approve', subject: `person:${personId}`, after });
    const { message } = privateAnswer(context, {
      lines: [{ key: 'approval.done', values: { draft: id, batch: batchId } }],
      tone: 'success',
    });
    return { message: written.then(() => message), jobs };
  },
};

export const deny: AdminAct = {
  name: 'deny',
  description: 'commands.admin.acts.deny.description',
  role: 'admin',
  usage: 'draft [reason]',
  decides: true,
  run: async (tx, context, words) => {
    const decision = await findApproval(tx, context, words);
    await denyBatch(tx, context, decision);
    const { id, personId } = decision.approval;
    await recordAct(tx, context, { act: 'approval.deny', subject: `person:${personId}`, after: { draft: id } });
    return privateAnswer(context, { lines: [{ key: 'approval.wasDeniedBy', values: { draft: id } }], tone: 'success' });
  },
};
