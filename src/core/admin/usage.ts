import { sql } from 'drizzle-orm';
import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { Answer, CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { giveFile } from '#core/files/give-file.ts';
import type { OutgoingAction, OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { quotaPeriod } from '#core/quotas/period.ts';
import { findUsage, type Usage, type Used } from '#core/usage/find-usage.ts';
import type { Tx } from '#db/client.ts';
import { drawUsageChart } from '#media/usage-chart.ts';
import type { Text } from '#src/i18n.ts';

/** A message has room for so many people, and so many models. */
const listedMax = 8;

/** What a chart may be by, each with its button. */
const charts = {
  day: 'usage.by.day',
  person: 'usage.by.person',
  model: 'usage.by.model',
  cost: 'usage.by.cost',
} as const;
type Chart = keyof typeof charts;
const isChart = (word: string): word is Chart => Object.hasOwn(charts, word);

/** What is asked about a month, whose first day is given. */
interface Asked {
  month: string;
  chart: Chart;
  exports: boolean;
}

export const usage: AdminAct = {
  name: 'usage',
  description: 'commands.admin.acts.usage.description',
  role: 'admin',
  usage: '[month] [day|person|model|cost|export]',
  run: async (tx, context, text) => {
    const asked = readAsked(context, text);
    const month = asked.month.slice(0, 7);
    if (asked.exports) return exportUsage(tx, context, month);
    const found = await findUsage(tx, context, asked.month);
    const names = await findNames(
      tx,
      context,
      found.people.slice(0, listedMax).map(({ of }) => of),
    );
    const isEmpty = found.days.length === 0;
    const { message } = privateAnswer(context, {
      title: { key: 'usage.title', values: { month } },
      lines: isEmpty ? [{ key: 'usage.none' }] : [daysText(found)],
      fields: isEmpty ? [] : fieldsOf(found, names, asked.chart),
      actions: isEmpty
        ? []
        : [
            ...Object.entries(charts)
              .filter(([chart]) => chart !== asked.chart)
              .map(([chart, key]) => action(`${month} ${chart}`, { key })),
            action(`${month} export`, { key: 'usage.export' }),
          ],
    });
    return { message: { ...message, images: await chartOf(context, asked, found) } };
  },
};

const action = (words: string, label: Text): OutgoingAction => ({
  id: `admin usage ${words}`,
  label,
  style: 'secondary',
});

/** A month, the one that it is now unless one is typed, and what of it. @throws {UserError} `usage.month` */
function readAsked({ deps, settings }: CommandContext, text: string): Asked {
  const asked: Asked = { month: quotaPeriod(deps.now(), settings.timeZone, 'month'), chart: 'day', exports: false };
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    if (isChart(word)) asked.chart = word;
    else if (word === 'export') asked.exports = true;
    else if (/^20\d\d-(0[1-9]|1[0-2])$/.test(word)) asked.month = `${word}-01`;
    else throw new UserError('usage.month', { text });
  }
  return asked;
}

async function exportUsage(tx: Tx, context: CommandContext, month: string): Promise<Answer> {
  const { workspaceId } = context.actor;
  const file = { kind: 'usage', subjectId: workspaceId, name: `easel-usage-${month}.csv` } as const;
  const { answer, expiresAt } = await giveFile(tx, context, file, { key: 'usage.exported', values: { month } });
  await recordAct(tx, context, { act: 'usage.export', after: { month, ...(expiresAt ? { expiresAt } : {}) } });
  return answer;
}

function daysText({ days }: Usage): Text {
  const list = days.map(
    ({ of, credits }): Text => ({ key: 'usage.day', values: { day: Number(of.slice(8)), credits } }),
  );
  return { key: 'usage.days', values: { days: { list } } };
}

/** What the chart has a bar for begins with the number below it. */
function fieldsOf(
  { total, people, models }: Usage,
  names: ReadonlyMap<string, string>,
  chart: Chart,
): OutgoingMessage['fields'] {
  const named = (of: Chart, name: (used: Used) => string) => (used: Used, index: number) => ({
    label: { verbatim: of === chart ? `${index + 1} · ${name(used)}` : name(used) },
    value: usedText(used),
  });
  return [
    { label: { key: 'usage.total' }, value: usedText(total) },
    ...people.slice(0, listedMax).map(named('person', ({ of }) => names.get(of) ?? of)),
    ...models.slice(0, listedMax).map(named('model', ({ of }) => of)),
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

/** The words say the same. A workspace has one file for it, of which the next chart takes the place. */
async function chartOf(
  { deps, actor }: CommandContext,
  { month: first, chart }: Asked,
  used: Usage,
): Promise<OutgoingImage[]> {
  if (used.days.length === 0 || !(await deps.blobs.hasRoom())) return [];
  const { bytes, width, height } = await drawUsageChart(barsOf(chart, first, used));
  const blob = await deps.blobs.putTemporary(`${actor.workspaceId}/usage`, bytes);
  const month = first.slice(0, 7);
  return [{ blob, type: 'png', width, height, alt: altOf(chart, month), name: `usage-${month}-${chart}.png` }];
}

/** A bar for each day, or for each of those that are listed. Costs are in the currency of most of them, in its units. */
function barsOf(chart: Chart, month: string, { days, people, models, total }: Usage): number[] {
  if (chart === 'person') return people.slice(0, listedMax).map(({ credits }) => credits);
  if (chart === 'model') return models.slice(0, listedMax).map(({ credits }) => credits);
  const [currency = ''] = Object.entries(total.money).toSorted(([, one], [, other]) => other - one)[0] ?? [];
  const value = ({ credits, money }: Used) => (chart === 'cost' ? (money[currency] ?? 0) / 1_000_000 : credits);
  const count = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 0)).getUTCDate();
  const byDay = new Map(days.map((used) => [Number(used.of.slice(8)), value(used)]));
  return Array.from({ length: count }, (_, index) => byDay.get(index + 1) ?? 0);
}

function altOf(chart: Chart, month: string): Text {
  const values = { month };
  if (chart === 'person') return { key: 'usage.alt.person', values };
  if (chart === 'model') return { key: 'usage.alt.model', values };
  return chart === 'cost' ? { key: 'usage.alt.cost', values } : { key: 'usage.alt.day', values };
}
