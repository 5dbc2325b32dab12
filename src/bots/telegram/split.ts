import { cutText } from '#bots/cut-text.ts';
import { entitiesOf, lengthOf, sayRuns, toPlain } from '#bots/telegram/format.ts';
import { albumMax, captionMax, entitiesMax } from '#bots/telegram/limits.ts';
import { layOutText } from '#bots/telegram/outbound.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import type { I18n, Text } from '#src/i18n.ts';

type Say = Pick<I18n, 'say'>;

/** Left free in a caption for what the picture shows and for a note of what is left out. */
const captionReserve = 400;
/** What a sign and the ends of a few open directions add to a piece. */
const pieceReserve = 40;

/**
 * Albums of at most ten pictures with the words as the first caption; buttons are below a picture that is alone, else,
 * and with choices, in a message after the albums, as an album takes none. Words that are too long are further messages before.
 */
export function splitMessage(i18n: Say, message: OutgoingMessage, limits: ChatLimits): OutgoingPart[] {
  const { choices: _choices, form: _form, ...quiet } = { ...message, actions: [] };
  const texts = splitText(i18n, { ...quiet, images: [] }, limits.textMax);
  const { actions, choices, form } = message;
  const pressed = { actions, ...(choices ? { choices } : {}), ...(form ? { form } : {}) };
  if (message.images.length === 0) return withLast(texts, pressed);
  const pages = pagesOf(message, Math.min(limits.imagesPerMessage, albumMax));
  const runs = layOutText(i18n, message);
  const fitsCaption = lengthOf(runs) <= captionMax - captionReserve && entitiesOf(runs) < entitiesMax;
  const [first, ...more] = pages;
  const shown = fitsCaption && first ? [{ ...quiet, images: first.images }, ...more] : [...texts, ...pages];
  if (actions.length === 0 && !choices) return shown;
  if (shown.at(-1)?.images.length === 1 && !choices) return withLast(shown, pressed);
  return [...shown, { ...wordless(message), ...pressed }];
}

function withLast(parts: readonly OutgoingPart[], changes: Partial<OutgoingPart>): OutgoingPart[] {
  return parts.map((part, index) => (index === parts.length - 1 ? { ...part, ...changes } : part));
}

function pagesOf(message: OutgoingMessage, size: number): OutgoingPart[] {
  const pages: OutgoingPart[] = [];
  for (let first = 0; first < message.images.length; first += size) {
    pages.push({ ...wordless(message), images: message.images.slice(first, first + size) });
  }
  return pages;
}

/** The same message without its words, pictures and buttons. */
function wordless({
  title: _title,
  progress: _progress,
  choices: _choices,
  form: _form,
  ...message
}: OutgoingMessage): OutgoingPart {
  return { ...message, lines: [], fields: [], images: [], actions: [] };
}

type Block =
  | { kind: 'title' | 'line'; text: Text }
  | { kind: 'field'; field: OutgoingMessage['fields'][number] }
  | { kind: 'progress'; progress: NonNullable<OutgoingMessage['progress']> };

function splitText(i18n: Say, message: OutgoingMessage, textMax: number): OutgoingPart[] {
  const fits = (part: OutgoingPart) => {
    const runs = layOutText(i18n, part);
    return lengthOf(runs) <= textMax && entitiesOf(runs) <= entitiesMax;
  };
  if (fits(message)) return [message];
  const pieceMax = textMax - pieceReserve;
  const parts: OutgoingPart[] = [];
  let part = wordless(message);
  for (const block of blocksOf(message).flatMap((whole) => cutBlock(i18n, message, whole, fits, pieceMax))) {
    const longer = withBlock(part, block);
    if (fits(longer)) {
      part = longer;
      continue;
    }
    parts.push(part);
    part = withBlock(wordless(message), block);
  }
  // The first sign is enough: what follows is its continuation.
  return [...parts, part].map((each, index) => (index === 0 ? each : { ...each, tone: 'info' }));
}

function blocksOf({ title, lines, progress, fields }: OutgoingMessage): Block[] {
  return [
    ...(title ? [{ kind: 'title', text: title } as const] : []),
    ...lines.map((text) => ({ kind: 'line', text }) as const),
    ...(progress ? [{ kind: 'progress', progress } as const] : []),
    ...fields.map((field) => ({ kind: 'field', field }) as const),
  ];
}

function withBlock(part: OutgoingPart, block: Block): OutgoingPart {
  switch (block.kind) {
    case 'title':
      return { ...part, title: block.text };
    case 'line':
      return { ...part, lines: [...part.lines, block.text] };
    case 'progress':
      return { ...part, progress: block.progress };
    case 'field':
      return { ...part, fields: [...part.fields, block.field] };
  }
}

/** A block that no message holds becomes lines of its plain words. */
function cutBlock(
  i18n: Say,
  message: OutgoingMessage,
  block: Block,
  fits: (part: OutgoingPart) => boolean,
  pieceMax: number,
): Block[] {
  if (block.kind === 'progress' || fits(withBlock(wordless(message), block))) return [block];
  const text: Text = block.kind === 'field' ? { key: 'field', values: block.field } : block.text;
  const toLine = (piece: string): Block => ({ kind: 'line', text: { verbatim: piece } });
  // Each direction that a piece leaves open makes it longer: where there are many, half as much fits.
  const cut = (whole: string, max: number): Block[] =>
    cutText(whole, ({ length }) => length <= max).flatMap((piece) =>
      fits(withBlock(wordless(message), toLine(piece))) ? [toLine(piece)] : cut(piece, Math.ceil(max / 2)),
    );
  return cut(toPlain(sayRuns(i18n, text, message)), pieceMax);
}
