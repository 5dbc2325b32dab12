import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { UserError } from '#core/errors.ts';
import { findMentioned } from '#core/people/find-mentioned.ts';
import { tell } from '#core/postings/notices.ts';
import { addGrant } from '#core/quotas/grants.ts';
import { endOfDay, quotaPeriod } from '#core/quotas/period.ts';
import { readUntil } from '#core/quotas/read-until.ts';
import { operatorSettings } from '#core/workspaces/resolve-settings.ts';

export const grant: AdminAct = {
  name: 'grant',
  description: 'commands.admin.acts.grant.description',
  role: 'admin',
  usage: '@person credits until day | for n days',
  run: async (tx, context, text) => {
    const { deps, settings, reader, actor } = context;
    const { person, rest } = await findMentioned(tx, context, text);
    const [, typed, behind = ''] = /^(\d{1,9})\s+(.+)$/su.exec(rest) ?? [];
    const credits = Number(typed);
    const max = operatorSettings.creditsMax;
    if (typed === undefined || credits < 1 || credits > max) throw new UserError('grant.credits', { text: rest, max });
    const today = quotaPeriod(deps.now(), settings.timeZone);
    const lastDay = readUntil(behind.trim(), today, [reader.locale, ...deps.i18n.locales]);
    const { personId, name } = person;
    const id = await addGrant(tx, context, { personId, credits, lastDay });
    const until = { at: endOfDay(lastDay, settings.timeZone).toISOString(), style: 'datetime' } as const;
    if (personId !== actor.personId)
      await tell(tx, actor.workspaceId, personId, {
        lines: [{ key: 'grant.told', values: { credits, until } }],
        tone: 'success',
      });
    await recordAct(tx, context, {
      act: 'grant.add',
      subject: `person:${personId}`,
      after: { grant: id, credits, lastDay },
    });
    return privateAnswer(context, {
      lines: [{ key: 'grant.done', values: { name, credits, until } }],
      tone: 'success',
    });
  },
};
