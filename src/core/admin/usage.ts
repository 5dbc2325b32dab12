import { sql } from 'drizzle-orm';
import type { AdminAct } from '#core/admin/act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { quotaPeriod } from '#core/quotas/period.ts';
import { findUsage, type Usage, type Used } from '#core/usage/find-usage.ts';
import type { Tx } from '#db/client.ts';
import { drawUsageChart } from '#media/usage-chart.ts';
import type { Text } from '#src/i18n.ts';

/** A message has room for so many people, and so many models. */
const listedMax = 8;

export const usage: AdminAct = {
  name: 'usage',
  description: 'commands.admin.acts.usage.description',
  role: 'admin',
  usage: '[month]',
  run: async (tx, context, text) => {
    const month = readMonth(context, text);
    const found = await findUsage(tx, context, month);
    const names = await findNames(
      tx,
      context,
      found.people.slice(0, listedMax).map(({ of }) => of),
    );
    const { message } = privateAnswer(context, {
      title: { key: 'usage.title', values: { month: month.slice(0, 7) } },
      lines: found.days.length === 0 ? [{ key: 'usage.none' }] : [daysText(found)],
      fields: found.days.length === 0 ? [] : fieldsOf(found, names),
    });
    return { message: { ...message, images: await chartOf(context, month, found) } };
  },
};

/** @throws {UserError} `usage.month` */
function readMonth({ deps, settings }: CommandContext, text: string): string {
  const now = quotaPeriod(deps.now(), settings.timeZone, 'month');
  if (text === '') return now;
  if (!/^20\d\d-(0[1-9]|1[0-2])$/.test(text)) throw new UserError('usage.month', { text });
  return `${text}-01`;
}

function daysText({ days }: Usage): Text {
  const list = days.map(
    ({ of, credits }): Text => ({ key: 'usage.day', values: { day: Number(of.slice(8)), credits } }),
  );
  return { key: 'usage.days', values: { days: { list } } };
}

function fieldsOf({ total, people, models }: Usage, names: ReadonlyMap<string, string>): OutgoingMessage['fields'] {
  const named = (used: Used, name: string) => ({ label: { verbatim: name }, value: usedText(used) });
  return [
    { label: { key: 'usage.total' }, value: usedText(total) },
    ...people.slice(0, listedMax).map((used) => named(used, names.get(used.of) ?? used.of)),
    ...models.slice(0, listedMax).map((used) => named(used, used.of)),
  ];
}

function usedText({ pictures, credits, money }: Used): Text {
  const list = Object.entries(money).map(([currency, micros]) => ({ micros, currency }));
  return { key: 'usage.used', values: { count: pictures, credits, money: { list } } };
}

async function findNames(
  tx: Tx,
  { call }: CommandContext,
  people: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.execute<{ id: string; name: string }>(sql`
    select distinct on (person_id) person_id::text as id, name from accounts
    where person_id = any(${sql.param([...people])}::uuid[])
    order by person_id, platform = ${call.platform} desc, created_at`);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** A bar a day; the words say the same. A workspace has one file for it, of which the next chart takes the place. */
async function chartOf({ deps, actor }: CommandContext, month: string, { days }: Usage): Promise<OutgoingImage[]> {
  if (days.length === 0 || !(await deps.blobs.hasRoom())) return [];
  const count = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 0)).getUTCDate();
  const byDay = new Map(days.map(({ of, credits }) => [Number(of.slice(8)), credits]));
  const chart = await drawUsageChart(Array.from({ length: count }, (_, index) => byDay.get(index + 1) ?? 0));
  const blob = await deps.blobs.putTemporary(`${actor.workspaceId}/usage`, chart.bytes);
  const name = `usage-${month.slice(0, 7)}.png`;
  const alt = { key: 'usage.alt', values: { month: month.slice(0, 7) } } as const;
  return [{ blob, type: 'png', width: chart.width, height: chart.height, alt, name }];
}
