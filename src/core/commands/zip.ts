import { recordAct } from '#core/audit/record-act.ts';
import { makeDownloadLink, revokeDownloadLinks, succeeded } from '#core/batches/download-links.ts';
import { findBatch } from '#core/batches/find-batch.ts';
import { findFinished, requireSome } from '#core/batches/find-finished.ts';
import { numberRuns } from '#core/batches/number-runs.ts';
import { oweZip } from '#core/batches/posted-zip.ts';
import { planZip } from '#core/batches/zip-pictures.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

export const zip = defineCommand({
  name: 'zip',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'links', kind: 'choice', choices: ['off'] },
  ],
  // Who has the answer has the pictures, so it is not kept for a repeat: that gets a link of its own.
  repeatable: true,
  run: async (tx, context, options) => {
    const { deps, actor } = context;
    if (options.batch === undefined) throw new UserError('batch.unnamed');
    if (options.links === 'off') {
      const batch = await findBatch(tx, actor, options.batch);
      const count = await revokeDownloadLinks(tx, deps, batch);
      if (count > 0) {
        await recordAct(tx, context, { act: 'links.off', subject: `batch:${batch.id}`, after: { count } });
      }
      const values = { count, batch: batch.id };
      return privateAnswer(context, {
        lines: [count === 0 ? { key: 'commands.zip.noLinks', values } : { key: 'commands.zip.linksOff', values }],
        tone: count === 0 ? 'info' : 'success',
      });
    }
    const { batch, pictures } = await findFinished(tx, actor, { batch: options.batch, numbers: undefined });
    requireSome(batch, pictures);
    const plan = await planZip(deps, batch, pictures.filter(succeeded));
    if (plan.files.length === 0) throw new UserError('batch.noPictures', { batch: batch.id });
    const address = deps.publicAddress(context.call.platform);
    if (address === undefined) {
      const { channelId } = await oweZip(tx, context, batch, plan);
      const key = channelId === context.destinationId ? 'commands.zip.posted' : 'commands.zip.direct';
      return privateAnswer(context, { lines: [{ key, values: { batch: batch.id } }] });
    }
    const { path, expiresAt } = await makeDownloadLink(tx, deps, actor, batch);
    await recordAct(tx, context, { act: 'link.make', subject: `batch:${batch.id}`, after: { expiresAt } });
    const { missing } = plan;
    return privateAnswer(context, {
      lines: [
        {
          key: 'commands.zip.ready',
          values: { count: plan.files.length, batch: batch.id, size: Math.ceil(plan.length / 100_000) / 10 },
        },
        { url: `${address}${path}` },
        {
          key: 'commands.zip.expires',
          values: { expiresAt: { at: expiresAt.toISOString(), style: 'datetime' }, batch: batch.id },
        },
        ...(missing.length > 0
          ? [
              {
                key: 'commands.zip.missing',
                values: { count: missing.length, numbers: { list: numberRuns(missing) } },
              } as const,
            ]
          : []),
      ],
      tone: missing.length > 0 ? 'warning' : 'success',
    });
  },
});
