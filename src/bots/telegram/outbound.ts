import { shorten } from '#bots/cut-text.ts';
import { bold, fieldRuns, joinRuns, lengthOf, type Run, sayRuns } from '#bots/telegram/format.ts';
import { captionMax } from '#bots/telegram/limits.ts';
import { typedLine } from '#core/commands/typed-line.ts';
import type { OutgoingAction, OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import type { I18n, Text } from '#src/i18n.ts';

type Say = Pick<I18n, 'say'>;

const signs: Record<OutgoingMessage['tone'], string> = {
  info: '',
  progress: '⏳ ',
  success: '✅ ',
  warning: '⚠️ ',
  error: '❌ ',
};

/** A message's words: title, lines, progress and fields; empty when it has none. */
export function layOutText(i18n: Say, message: OutgoingMessage): Run[] {
  const { title, lines, fields, progress, tone } = message;
  const said = lines.map((line) => sayRuns(i18n, line, message));
  const blocks: Run[][] = [
    title ? bold(sayRuns(i18n, title, message)) : [],
    joinRuns(said, '\n'),
    progress ? progressRuns(progress) : [],
    joinRuns(
      fields.map((field) => fieldRuns(i18n, field, message)),
      '\n',
    ),
  ].filter((block) => block.length > 0);
  if (blocks.length === 0) return [];
  return [{ text: signs[tone], style: 'plain' as const }, ...joinRuns(blocks, '\n\n')].filter(
    ({ text }) => text !== '',
  );
}

const cells = 10;

/** Blocks look the same in dark and light, and in every font. */
function progressRuns({ done, total }: { done: number; total: number }): Run[] {
  const full = total > 0 ? Math.min(cells, Math.floor((done / total) * cells)) : 0;
  return [{ text: `${'▰'.repeat(full)}${'▱'.repeat(cells - full)} ${done}/${total}`, style: 'plain' }];
}

/**
 * The captions of a part's pictures: the words above the first one's, under each what it shows, as photos have no
 * field for it. `note` is a sentence about the whole part.
 */
export function layOutCaptions(
  i18n: Say,
  part: OutgoingMessage,
  images: readonly OutgoingImage[],
  note?: Text,
): Run[][] {
  const words = [layOutText(i18n, part), note ? sayRuns(i18n, note, part) : []].filter((block) => block.length > 0);
  return images.map((image, index) => {
    const above = index === 0 ? words : [];
    const room = captionMax - lengthOf(joinRuns([...above, []], '\n\n'));
    const alt = clipRuns(sayRuns(i18n, image.alt, part), room);
    return joinRuns(
      [...above, alt].filter((block) => block.length > 0),
      '\n\n',
    );
  });
}

/** Runs brought to a length; the one that does not fit ends in an ellipsis, and the rest is left out. */
export function clipRuns(runs: readonly Run[], max: number): Run[] {
  const kept: Run[] = [];
  let room = max;
  for (const run of runs) {
    if (room < 2) break;
    kept.push({ ...run, text: shorten(run.text, room) });
    room -= run.text.length;
  }
  return kept;
}

export type Button =
  | { text: string; callback_data: string; style?: 'danger' | 'primary' }
  | { text: string; copy_text: { text: string } };

/** Characters that a row of buttons shows on a phone before they are cut. */
const rowCharsMax = 32;
const rowButtonsMax = 4;
/** https://core.telegram.org/bots/api#copytextbutton */
const copyCharsMax = 256;
const numbersPerRow = 8;
/** A keyboard holds 100 buttons; those over it can be typed. https://limits.tginfo.me */
const numbersMax = 88;

/** Rows of as many buttons as can be read side by side; no rows where there is nothing to press. */
export function layOutButtons(i18n: Say, message: OutgoingMessage): Button[][] {
  const rows = numberRows(message);
  const picked = rows.length;
  for (const action of message.actions) {
    const button = toButton(i18n, message, action);
    const row = rows.length > picked ? rows.at(-1) : undefined;
    const chars = (row ?? []).reduce((sum, { text }) => sum + text.length, button.text.length);
    if (row && row.length < rowButtonsMax && chars <= rowCharsMax) row.push(button);
    else rows.push([button]);
  }
  return [...rows, ...copyRow(i18n, message)];
}

/** Choices are picked by their numbers. */
function numberRows({ choices }: OutgoingMessage): Button[][] {
  const buttons = (choices?.options ?? []).slice(0, numbersMax).map(({ id, number }) => ({
    text: String(number),
    callback_data: id,
  }));
  return Array.from({ length: Math.ceil(buttons.length / numbersPerRow) }, (_, index) =>
    buttons.slice(index * numbersPerRow, (index + 1) * numbersPerRow),
  );
}

/** There are no forms: the line is copied and changed. A longer one is tapped where it stands. */
function copyRow(i18n: Say, message: OutgoingMessage): Button[][] {
  if (!message.form) return [];
  const line = typedLine(message.form);
  return line.length > copyCharsMax
    ? []
    : [[{ text: i18n.say({ key: 'telegram.copy' }, message), copy_text: { text: line } }]];
}

function toButton(i18n: Say, message: OutgoingMessage, { id, label, style }: OutgoingAction): Button {
  return {
    text: i18n.say(label, message),
    callback_data: id,
    ...(style === 'secondary' ? {} : { style }),
  };
}

/** What a message of buttons alone says above them. */
export function textOrPlaceholder(i18n: Say, message: OutgoingMessage): Run[] {
  const runs = layOutText(i18n, message);
  if (runs.length > 0) return runs;
  return sayRuns(i18n, { key: message.choices ? 'telegram.choose' : 'telegram.more' }, message);
}
