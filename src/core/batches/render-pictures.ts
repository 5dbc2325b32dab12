import { isOwn } from '#core/actor.ts';
import { modelOf } from '#core/batches/ask-again.ts';
import { beforeUpscale, findUpscaler, upscaleSource } from '#core/batches/ask-upscaled.ts';
import { blurredLines, deletedLines, failureLines, writtenLines } from '#core/batches/card-lines.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { isThere, type Picture } from '#core/batches/find-finished.ts';
import { numberRuns, typedNumbers } from '#core/batches/number-runs.ts';
import { findDescendants, findOrigins, originLines } from '#core/batches/origins.ts';
import { isDirect } from '#core/batches/private-place.ts';
import { creditsText } from '#core/batches/render-card.ts';
import { pictureOf } from '#core/batches/render-gallery.ts';
import { shorten } from '#core/batches/shorten.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import type { CommandContext, Said } from '#core/commands/define.ts';
import { promptCharsMax } from '#core/commands/imagine.ts';
import { typedLine } from '#core/commands/typed-line.ts';
import type { Deps } from '#core/deps.ts';
import {
  actionIdBytesMax,
  type OutgoingAction,
  type OutgoingImage,
  type OutgoingMessage,
} from '#core/ports/message.ts';
import { findShowing, type Showing, shownAs } from '#core/safety/showing.ts';
import type { Tx } from '#db/client.ts';
import type { Key, Text } from '#src/i18n.ts';

/** More pictures are told of by their numbers alone. */
const shownMax = 10;
const shownPromptCharsMax = 1_000;
const entryPromptCharsMax = 120;

/** Pictures of a finished batch: what decided them, where they come from, what came of them, and what can be done with them. */
export async function renderPictures(
  tx: Tx,
  context: CommandContext,
  batch: Batch,
  pictures: readonly Picture[],
): Promise<Said> {
  const origins = await findOrigins(tx, pictures);
  const descendants = await findDescendants(tx, context.actor, pictures);
  const { message } = privateAnswer(context, {
    title: { key: 'commands.picture.title', values: naming(batch, pictures) },
    lines: [
      ...describe(pictures),
      ...originLines(origins, pictures),
      ...descendants.map(
        ({ batchId, numbers }): Text => ({
          key: 'commands.picture.madeFrom',
          values: { count: pictures.length, batch: batchId, numbers: { list: numberRuns(numbers) } },
        }),
      ),
      ...failureLines(pictures),
      ...deletedLines(pictures),
    ],
    fields: fieldsOf(pictures),
  });
  const audience = audienceOf(context, batch);
  const { workspaceId } = batch;
  const alone = isOwn(context.actor, batch.personId) && (isDirect(context.call) || audience.audience === 'private');
  const showing = await findShowing(
    tx,
    context.deps,
    { workspaceId, channelId: context.destinationId, alone },
    pictures,
  );
  const images = pictures.length > shownMax ? [] : picturesOf(batch, pictures, showing);
  const lines = [...message.lines, ...blurredLines(batch, pictures, showing, 'pictures')];
  return {
    message: { ...message, ...audience, lines, images, actions: actionsOf(context.deps, batch, pictures) },
  };
}

/** Where an answer for one person goes to another place, its buttons would mean nothing there; a private batch's stay all the same. */
function audienceOf({ call }: CommandContext, batch: Batch): Pick<OutgoingMessage, 'audience'> {
  return { audience: call.answersElsewhere && !batch.private ? 'channel' : 'private' };
}

function naming(batch: Batch, pictures: readonly Picture[]) {
  const numbers = numberRuns(pictures.map(({ number }) => number));
  return { count: pictures.length, numbers: { list: numbers }, batch: batch.id };
}

/** The whole prompt of one picture or of several with the same; else a line for each. */
function describe(pictures: readonly Picture[]): Text[] {
  const [prompt, ...others] = promptsOf(pictures);
  if (prompt === undefined) return [];
  if (others.length === 0) return [{ verbatim: shorten(prompt, shownPromptCharsMax) }, ...writtenLines(pictures)];
  return pictures.slice(0, shownMax).map((picture) => ({
    key: 'commands.picture.entry',
    values: { position: picture.number, prompt: shorten(picture.prompt, entryPromptCharsMax) },
  }));
}

const promptsOf = (pictures: readonly Picture[]) => [...new Set(pictures.map(({ prompt }) => prompt))];

function fieldsOf(pictures: readonly Picture[]) {
  const field = (label: Key, values: readonly string[]) => ({
    label: { key: label },
    value: { key: 'list' as const, values: { items: { list: [...new Set(values)] } } },
  });
  return [
    ...(pictures.length > shownMax
      ? []
      : [
          field(
            'commands.picture.seed',
            pictures.map(({ seed }) => String(seed)),
          ),
        ]),
    field(
      'card.field.model',
      pictures.map(({ model }) => model),
    ),
    field(
      'commands.picture.size',
      pictures.map(({ width, height }) => `${width}×${height}`),
    ),
    { label: { key: 'card.field.credits' as const }, value: creditsText(pictures) },
  ];
}

/** One as it is, several as thumbnails: they are to be told apart. */
function picturesOf(batch: Batch, pictures: readonly Picture[], showing: Showing): OutgoingImage[] {
  const came = pictures.filter((row) => isThere(row) && showing.of(row) !== 'block');
  return came.map((row) => {
    const image = pictureOf(batch, row);
    const { thumbnail, thumbnailWidth: width, thumbnailHeight: height } = row;
    const isSmall = came.length > 1 && thumbnail !== null && width !== null && height !== null;
    const small = { ...image, blob: thumbnail ?? '', type: 'jpeg' as const, name: `${batch.id}-${row.number}.jpg` };
    return shownAs(isSmall ? { ...small, width, height } : image, row, showing, 'pictures');
  });
}

/** What would be longer than a button holds is left out, and can be typed. */
function actionsOf(deps: Pick<Deps, 'providers'>, batch: Batch, pictures: readonly Picture[]): OutgoingAction[] {
  const on = target(batch, pictures);
  const one = pictures.length === 1;
  const came = pictures.every(isThere);
  const isMade = pictures.every(({ source }) => source === null);
  const lacking = pictures.filter(({ state }) => state !== 'succeeded');
  const models = pictures.map((picture) => modelOf(deps.providers, beforeUpscale(picture))?.model);
  const offers: (OutgoingAction | false)[] = [
    lacking.length > 0 && button(`retry ${target(batch, lacking)}`, 'action.retry', 'primary'),
    one && came && models.some((model) => (model?.referencesMax ?? 0) > 0) && button(`vary ${on}`, 'action.vary'),
    came && models.every((model) => model?.seeds === true) && button(`rerun ${on} --seed same`, 'action.sameSeeds'),
    button(`rerun ${on}`, 'action.newSeeds'),
    came && pictures.every((picture) => canEnlarge(deps, picture)) && button(`upscale ${on}`, 'action.upscale'),
    isMade && promptsOf(pictures).length === 1 && button(`picture ${on} --edit prompt`, 'action.editPrompt'),
    came && button(`show ${on} --as files`, 'action.originals'),
    came && button(`delete ${on}`, 'action.delete', 'danger'),
  ];
  return offers.filter((offer) => offer !== false).filter(({ id }) => Buffer.byteLength(id) <= actionIdBytesMax);
}

/** Whether somebody makes it twice as large. */
function canEnlarge({ providers }: Pick<Deps, 'providers'>, picture: Picture): boolean {
  const source = upscaleSource(picture, 2);
  return source !== undefined && findUpscaler(providers, source) !== undefined;
}

/** The pictures as a command names them. */
function target({ id }: Batch, pictures: readonly Picture[]): string {
  return `${id} ${typedNumbers(pictures.map(({ number }) => number))}`;
}

function button(id: string, key: Key, style: OutgoingAction['style'] = 'secondary'): OutgoingAction {
  return { id, label: { key }, style };
}

/** The prompt to be filled in anew; where there are no forms, as a line to be copied. */
export function renderPromptForm(context: CommandContext, batch: Batch, pictures: readonly Picture[]): Said {
  const value = pictures[0]?.prompt ?? '';
  const command = `rerun ${target(batch, pictures)} --prompt`;
  const title: Text = { key: 'commands.picture.editTitle', values: naming(batch, pictures) };
  const form = {
    ...{ title: { key: 'action.editPrompt' as const }, label: title, submit: { key: 'action.make' as const } },
    ...{ value, charsMax: promptCharsMax, command },
  };
  const answer = privateAnswer(context, {
    title,
    lines: [{ key: 'commands.picture.editHint' }, { verbatim: typedLine(form) }],
  });
  const message = { ...answer.message, ...audienceOf(context, batch) };
  return { message: Buffer.byteLength(command) > actionIdBytesMax ? message : { ...message, form } };
}
