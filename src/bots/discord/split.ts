import { choicesOf } from '#bots/choices-of.ts';
import { cutText } from '#bots/cut-text.ts';
import { fitsMessage, quote } from '#bots/discord/format.ts';
import { buttonsPerRow, layOutWords, leftOutText, type WordKeys } from '#bots/discord/outbound.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import type { I18n, Text } from '#src/i18n.ts';

/** A message has 40 components; five rows of buttons leave room for words and pictures. */
const buttonsPerMessage = 5 * buttonsPerRow;

type Words = Pick<OutgoingMessage, WordKeys>;
type Item = { line: Text } | { field: OutgoingMessage['fields'][number] };

/** Cuts a message into parts that each fit one message of Discord: words, pictures and buttons each once and in order. */
export function splitMessage(i18n: Pick<I18n, 'say'>, message: OutgoingMessage, limits: ChatLimits): OutgoingPart[] {
  const pictures = pages(message.images, picturesPerMessage(message, limits));
  const words = splitWords(i18n, message, limits.textMax - reserved(i18n, message, pictures[0] ?? []));
  const buttons = pages(message.actions, buttonsPerMessage);
  const count = Math.max(1, words.length, pictures.length, buttons.length);
  const { title, progress, choices: _choices, ...rest } = message;
  return Array.from({ length: count }, (_, index) => ({
    ...rest,
    lines: [],
    fields: [],
    ...words[index],
    images: pictures[index] ?? [],
    actions: buttons[index] ?? [],
    ...choicesOf(message, pictures[index] ?? [], index === 0),
  }));
}

/** Original bytes cannot be made smaller, so as many go together as surely fit one request of 25 MiB. */
function picturesPerMessage(message: OutgoingMessage, limits: ChatLimits): number {
  if (message.imagesAs === 'pictures') return limits.imagesPerMessage;
  const fitting = Math.floor((25 * 1024 * 1024) / limits.fileBytesMax);
  return Math.max(1, Math.min(limits.imagesPerMessage, fitting));
}

/** Room for the sentence that a whole page of pictures could not be posted. */
function reserved(i18n: Pick<I18n, 'say'>, message: OutgoingMessage, page: readonly OutgoingImage[]): number {
  return page.length === 0 ? 0 : i18n.say(leftOutText(page), message, quote).length + 1;
}

function splitWords(
  i18n: Pick<I18n, 'say'>,
  message: OutgoingMessage,
  textMax: number,
): Omit<Words, 'locale' | 'timeZone'>[] {
  const { locale, timeZone, title, progress } = message;
  const fits = (words: Words) => fitsMessage(layOutWords(i18n, words), textMax);
  const { lines, fields } = message;
  const whole = { lines, fields, ...(title ? { title } : {}), ...(progress ? { progress } : {}) };
  if (fits({ locale, timeZone, ...whole })) return [whole];
  const empty: Words = { locale, timeZone, lines: [], fields: [] };
  const items: Item[] = [...message.lines.map((line) => ({ line })), ...message.fields.map((field) => ({ field }))];
  const parts: Words[] = [];
  let open: Words = { ...empty, ...(title ? { title } : {}), ...(progress ? { progress } : {}) };
  if (title && !fits(open)) {
    items.unshift({ line: title });
    open = { ...empty, ...(progress ? { progress } : {}) };
  }
  for (const item of items) {
    const grown = add(open, item);
    if (fits(grown)) {
      open = grown;
    } else if (fits(add(empty, item))) {
      parts.push(open);
      open = add(empty, item);
    } else {
      // Longer than a message: its words are cut.
      const said =
        'line' in item ? i18n.say(item.line, message) : i18n.say({ key: 'field', values: item.field }, message);
      const pieces = cutText(said, (piece) => fits({ ...empty, lines: [{ verbatim: piece }] }));
      if (!isEmpty(open)) parts.push(open);
      parts.push(...pieces.slice(0, -1).map((piece) => ({ ...empty, lines: [{ verbatim: piece }] })));
      open = { ...empty, lines: [{ verbatim: pieces.at(-1) ?? '' }] };
    }
  }
  return [...parts, open].map(({ locale: _locale, timeZone: _timeZone, ...words }) => words);
}

function add(words: Words, item: Item): Words {
  return 'line' in item
    ? { ...words, lines: [...words.lines, item.line] }
    : { ...words, fields: [...words.fields, item.field] };
}

function isEmpty(words: Words): boolean {
  return !words.title && !words.progress && words.lines.length + words.fields.length === 0;
}

function pages<T>(items: readonly T[], perPage: number): T[][] {
  const cut: T[][] = [];
  for (let first = 0; first < items.length; first += perPage) cut.push(items.slice(first, first + perPage));
  return cut;
}
