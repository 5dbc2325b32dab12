import { and, eq, sql } from 'drizzle-orm';
import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { Answer, CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { findMention, findMentioned } from '#core/people/find-mentioned.ts';
import { type Role, roles } from '#core/ports/chat.ts';
import type { PeriodKind } from '#core/quotas/period.ts';
import { type LimitOwner, setLimit } from '#core/quotas/set-limit.ts';
import { operatorSettings } from '#core/workspaces/resolve-settings.ts';
import { saveCredits } from '#core/workspaces/settings.ts';
import type { Tx } from '#db/client.ts';
import { channels } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** Of a month, as many days as it may have. */
const creditsMax = { day: operatorSettings.creditsMax, month: 31 * operatorSettings.creditsMax };

/** A message has room for no more. */
const listedMax = 20;

export const limit: AdminAct = {
  name: 'limit',
  description: 'commands.admin.acts.limit.description',
  role: 'admin',
  usage: '[@person|role|channel|workspace credits|off a day|month]',
  run: async (tx, context, rest) => {
    if (rest === '') return listLimits(tx, context);
    const { owner, name, behind } = await readOwner(tx, context, rest);
    const { credits, kinds } = readLimit(behind);
    const before: Record<string, number | null> = {};
    for (const kind of kinds) before[kind] = await change(tx, context, owner, kind, credits);
    const after = Object.fromEntries(kinds.map((kind) => [kind, credits]));
    await recordAct(tx, context, { act: 'limit.set', subject: `${owner.scope}:${owner.id}`, before, after });
    const [kind] = kinds;
    const line = credits === null ? offText(name) : kind === 'day' ? dayText(name, credits) : monthText(name, credits);
    return { ...privateAnswer(context, { lines: [line], tone: 'success' }), forget: true };
  },
};

const offText = (name: Text): Text => ({ key: 'commands.admin.acts.limit.off', values: { name } });
const dayText = (name: Text, credits: number): Text => ({
  key: 'commands.admin.acts.limit.day',
  values: { name, credits },
});
const monthText = (name: Text, credits: number): Text => ({
  key: 'commands.admin.acts.limit.month',
  values: { name, credits },
});

/** A role's day is a setting like any other, also of `/settings`. */
async function change(
  tx: Tx,
  { actor }: CommandContext,
  owner: LimitOwner,
  kind: PeriodKind,
  credits: number | null,
): Promise<number | null> {
  if (owner.scope !== 'role' || kind === 'month') return setLimit(tx, actor, owner, kind, credits);
  const { workspaceId } = actor;
  return saveCredits(tx, { workspaceId, scope: 'workspace', scopeId: workspaceId }, owner.id as Role, credits);
}

/** @throws {UserError} `limit.whom`, `person.unknown`, `channel.unknown` */
async function readOwner(
  tx: Tx,
  context: CommandContext,
  rest: string,
): Promise<{ owner: LimitOwner; name: Text; behind: string }> {
  const { actor, call, channelId } = context;
  const named = findMention(call.mentions, 'channel', rest);
  if (named?.mention.platformId !== undefined) {
    const { platformId, name } = named.mention;
    const [channel] = await tx
      .select({ id: channels.id })
      .from(channels)
      .where(and(eq(channels.workspaceId, actor.workspaceId), eq(channels.platformId, platformId)));
    if (!channel) throw new UserError('channel.unknown', { name });
    const owner = { scope: 'channel', id: channel.id } as const;
    return { owner, name: { verbatim: name }, behind: rest.slice(named.typed.length) };
  }
  const [, word = '', behind = ''] = /^(\p{L}+)(.*)$/su.exec(rest) ?? [];
  const role = roles.find((one) => one === word.toLowerCase() || `${one}s` === word.toLowerCase());
  if (role) return { owner: { scope: 'role', id: role }, name: { key: `roles.${role}` }, behind };
  if (word.toLowerCase() === 'channel')
    return { owner: { scope: 'channel', id: channelId }, name: { key: 'limit.name.channel' }, behind };
  if (word.toLowerCase() === 'workspace')
    return { owner: { scope: 'workspace', id: actor.workspaceId }, name: { key: 'limit.name.workspace' }, behind };
  if (word !== '') throw new UserError('limit.whom', { text: word });
  const found = await findMentioned(tx, context, rest);
  const { personId: id, name } = found.person;
  return { owner: { scope: 'person', id }, name: { verbatim: name }, behind: found.rest };
}

/** `50 a day`, `500 a month`, `off`. @throws {UserError} `limit.credits` */
function readLimit(text: string): { credits: number | null; kinds: PeriodKind[] } {
  const [, amount, period] = /^\s*(\d{1,9}|off|default)(?:\s*(?:a|per|each|\/)?\s*(day|month))?\s*$/i.exec(text) ?? [];
  const kind = period?.toLowerCase() as PeriodKind | undefined;
  const credits = amount === undefined || /^\d/.test(amount) ? Number(amount) : null;
  if (credits === null) return { credits, kinds: kind ? [kind] : ['day', 'month'] };
  const max = creditsMax[kind ?? 'day'];
  if (!kind || !(credits <= max)) throw new UserError('limit.credits', { text: text.trim(), max });
  return { credits, kinds: [kind] };
}

async function listLimits(tx: Tx, context: CommandContext): Promise<Answer> {
  const { actor, call, settings } = context;
  const rows = await tx.execute<{
    scope: LimitOwner['scope'];
    id: string;
    kind: PeriodKind;
    credits: number;
    name: string | null;
  }>(sql`
    select l.scope, l.scope_id as id, l.kind, l.credits, coalesce(c.name, a.name) as name
    from credit_limits l
    left join channels c on l.scope = 'channel' and c.workspace_id = l.workspace_id and c.id::text = l.scope_id
    left join lateral (select name from accounts where l.scope = 'person' and person_id::text = l.scope_id
      order by platform = ${call.platform} desc, created_at limit 1) a on true
    where l.workspace_id = ${actor.workspaceId}
    order by l.scope = 'person', l.scope desc, name, l.scope_id, l.kind limit ${listedMax}`);
  const field = (kind: PeriodKind, name: Text, credits: number) => ({
    label:
      kind === 'day'
        ? ({ key: 'commands.admin.acts.limit.ofDay', values: { name } } as const)
        : ({ key: 'commands.admin.acts.limit.ofMonth', values: { name } } as const),
    value: { key: 'number', values: { value: credits } } as const,
  });
  return privateAnswer(context, {
    title: { key: 'commands.admin.acts.limit.title' },
    lines: [{ key: 'commands.admin.acts.limit.hint' }],
    fields: [
      ...roles.map((role) => field('day', { key: `roles.${role}` }, settings.credits[role])),
      ...rows.map(({ scope, id, kind, credits, name }) => field(kind, nameOf(scope, id, name), credits)),
    ],
  });
}

function nameOf(scope: LimitOwner['scope'], id: string, name: string | null): Text {
  if (scope === 'workspace') return { key: 'limit.name.workspace' };
  return scope === 'role' ? { key: `roles.${id as Role}` } : { verbatim: name ?? id };
}
