import { sql } from 'drizzle-orm';
import { hasRole } from '#core/actor.ts';
import type { AskedImage } from '#core/batches/ask-images.ts';
import { warningLines } from '#core/batches/card-lines.ts';
import type { Draft } from '#core/batches/drafts.ts';
import { choiceOf } from '#core/batches/picture-actions.ts';
import { privateAudience } from '#core/batches/private-place.ts';
import { shorten } from '#core/batches/shorten.ts';
import { findStopped } from '#core/batches/stopped-plan.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext, Said } from '#core/commands/define.ts';
import type { OutgoingAction, OutgoingChoices } from '#core/ports/message.ts';
import { findGrants } from '#core/quotas/grants.ts';
import { findLimits, leftInAll } from '#core/quotas/limits.ts';
import type { Tx } from '#db/client.ts';
import { images } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

const entriesPerPage = 10;
const promptCharsMax = 120;
/** Durations that a range is made from: of pictures of the same size first, out of the latest of the model. */
const measuredMax = 20;
const lookedAtMax = 200;
/** Each is a question to the database; a draft of more tells no time. */
const kindsMax = 20;

/** Pictures that differ in their seeds alone, or in what they enlarge. */
export interface DraftEntry {
  image: AskedImage;
  count: number;
}

/** What a draft lists, in order: pictures in a row that read the same are one entry. */
export function entriesOf({ plan }: Pick<Draft, 'plan'>): DraftEntry[] {
  const entries: DraftEntry[] = [];
  for (const image of plan.images) {
    const last = entries.at(-1);
    if (last && isAlike(last.image, image)) last.count += 1;
    else entries.push({ image, count: 1 });
  }
  return entries;
}

function isAlike(one: AskedImage, other: AskedImage): boolean {
  const decides = ['prompt', 'enhance', 'negative', 'quality', 'model', 'width', 'height', 'name'] as const;
  return decides.every((key) => one[key] === other[key]);
}

/** A page of a draft, from 1: what would be made, for how much, how long it would take, and what can be done with it. */
export async function renderDraft(tx: Tx, context: CommandContext, draft: Draft, page: number): Promise<Said> {
  const { id, plan, notes } = draft;
  const count = plan.images.length;
  const credits = plan.images.reduce((sum, image) => sum + image.credits, 0);
  const granted = await findGrants(tx, context);
  const left = leftInAll(
    await findLimits(tx, context),
    granted.reduce((sum, grant) => sum + grant.left, 0),
  );
  const fits = credits <= left;
  const isStopped = findStopped(draft, context.settings.blockedWords).positions.length > 0;
  const range = await measureRange(tx, context, plan.images);
  const entries = entriesOf(draft);
  const pages = Math.max(1, Math.ceil(entries.length / entriesPerPage));
  const shown = Math.min(Math.max(1, page), pages);
  const first = (shown - 1) * entriesPerPage;
  const open = plan.images.filter(({ enhance, enhanced }) => enhance && enhanced === null).length;
  const models = [...new Set(plan.images.map(({ model }) => model))];
  const { message } = privateAnswer(context, {
    tone: fits && !isStopped ? 'info' : 'warning',
    title: { key: 'draft.title', values: { count, draft: id } },
    lines: [
      ...notes,
      ...entries.slice(first, first + entriesPerPage).map((entry, index) => entryLine(entry, first + index + 1)),
      ...(open > 0 ? [{ key: 'draft.enhance', values: { count: open } } as const] : []),
      ...warningLines(plan.images),
      ...(pages > 1 ? [{ key: 'draft.page', values: { page: shown, pages } } as const] : []),
      ...(isStopped ? [{ key: 'draft.stopped', values: { draft: id } } as const] : []),
      ...(fits ? [] : [{ key: 'draft.tooDear', values: { draft: id, left } } as const]),
      ...(fits && !isStopped ? [{ key: 'draft.hint', values: { draft: id } } as const] : []),
    ],
    fields: [
      { label: { key: 'draft.field.price' }, value: { key: 'draft.credits', values: { count: credits } } },
      {
        label: { key: 'draft.field.leftAfter' },
        value: { key: 'draft.credits', values: { count: Math.max(0, left - credits) } },
      },
      { label: { key: 'card.field.model' }, value: { key: 'list', values: { items: { list: models } } } },
      ...(range ? [{ label: { key: 'draft.field.time' } as const, value: rangeText(range) }] : []),
      {
        label: { key: 'draft.field.keptUntil' },
        value: { key: 'draft.time', values: { at: { at: draft.expiresAt.toISOString(), style: 'time' } } },
      },
    ],
  });
  const actions = actionsOf(draft, {
    fits: fits && !isStopped,
    count,
    page: shown,
    pages,
    // Who is one of them changes limits and words; a safety check can be overruled in no other way.
    asks: plan.appeal !== undefined || ((!fits || isStopped) && !hasRole(context.actor, 'admin')),
  });
  const choices = entries.length > 1 ? { choices: dropChoices(draft, entries, first) } : {};
  const audience = plan.private ? privateAudience(context.call) : 'channel';
  return { message: { ...message, audience, actions, ...choices } };
}

function actionsOf(
  { id }: Draft,
  { fits, count, page, pages, asks }: { fits: boolean; count: number; page: number; pages: number; asks: boolean },
): OutgoingAction[] {
  const run = { id: `draft ${id} run`, label: { key: 'draft.run', values: { count } }, style: 'primary' } as const;
  const sample = { id: `draft ${id} sample`, label: { key: 'draft.sample' }, style: 'secondary' } as const;
  const next = { id: `draft ${id} page ${page + 1}`, label: { key: 'draft.next' }, style: 'secondary' } as const;
  const discard = { id: `draft ${id} discard`, label: { key: 'draft.discard' }, style: 'danger' } as const;
  const ask = { id: `draft ${id} ask`, label: { key: 'approval.ask' }, style: 'primary' } as const;
  return [
    ...(fits ? [run] : []),
    ...(asks ? [ask] : []),
    ...(count > 1 ? [sample] : []),
    ...(page < pages ? [next] : []),
    discard,
  ];
}

/** Leaves out one of the entries of a page. */
function dropChoices({ id }: Draft, entries: readonly DraftEntry[], first: number): OutgoingChoices {
  return {
    label: { key: 'draft.choose' },
    options: entries.slice(first, first + entriesPerPage).map(({ image }, index) => {
      const number = first + index + 1;
      return choiceOf(`draft ${id} drop ${number}`, number, image.prompt);
    }),
  };
}

function entryLine({ image, count }: DraftEntry, number: number): Text {
  const { prompt, width, height } = image;
  const size = `${width}×${height}`;
  return { key: 'draft.entry', values: { position: number, prompt: shorten(prompt, promptCharsMax), count, size } };
}

interface Range {
  /** In seconds. */
  shortest: number;
  longest: number;
}

function rangeText({ shortest, longest }: Range): Text {
  return { key: 'draft.range', values: { time: { seconds: shortest, secondsMax: longest } } };
}

/** From the durations of each model and size; undefined where one was never measured, or there are too many. */
async function measureRange(
  tx: Tx,
  { actor, deps, settings }: CommandContext,
  asked: readonly AskedImage[],
): Promise<Range | undefined> {
  const kinds = [...Map.groupBy(asked, ({ model, width, height }) => `${model} ${width} ${height}`).values()];
  if (kinds.length > kindsMax) return undefined;
  const range = { shortest: 0, longest: 0 };
  for (const kind of kinds) {
    const [first] = kind;
    if (!first) continue;
    const { model, width, height, providerId } = first;
    const [measured] = await tx.execute<{ shortest: number | null; longest: number | null }>(sql`
      select percentile_cont(0.1) within group (order by seconds) as shortest,
        percentile_cont(0.9) within group (order by seconds) as longest
      from (select extract(epoch from finished_at - dispatched_at)::float8 as seconds
        from (select * from ${images} where workspace_id = ${actor.workspaceId} and model = ${model}
          and state = 'succeeded' order by finished_at desc limit ${lookedAtMax}) latest
        order by (width = ${width} and height = ${height}) desc, finished_at desc limit ${measuredMax}) nearest`);
    if (!measured || measured.shortest === null || measured.longest === null) return undefined;
    const concurrency = deps.providers.find(({ id }) => id === providerId)?.concurrency ?? 1;
    const { person, workspace } = settings.inFlight;
    const atOnce = Math.min(concurrency, person ?? concurrency, workspace ?? concurrency);
    const turns = Math.ceil(kind.length / atOnce);
    range.shortest += turns * measured.shortest;
    range.longest += turns * measured.longest;
  }
  return range;
}
