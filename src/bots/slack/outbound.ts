import { shorten } from '#bots/cut-text.ts';
import { escapeText } from '#bots/slack/format.ts';
import { progressBar } from '#bots/slack/progress-bar.ts';
import type { Say } from '#bots/slack/words.ts';
import type { OutgoingAction, OutgoingPart } from '#core/ports/message.ts';

export type Block = { type: string } & Record<string, unknown>;

/** What a message says, for chat.postMessage and its like. */
export interface Content {
  /** For notifications and screen readers. */
  text: string;
  blocks: Block[];
}

/** Limits of docs.slack.dev/reference/block-kit: characters of a header, of a button or an option, of a menu, of chat.update's text; parts of a block, of a menu. */
const headerCharsMax = 150;
const buttonCharsMax = 75;
const placeholderCharsMax = 150;
const fallbackCharsMax = 4000;
const fieldsPerSection = 10;
const buttonsPerBlock = 25;
const optionsPerMenu = 100;

/** Fields of at most this many characters are shown in two columns. */
const columnCharsMax = { label: 24, value: 48 };

/**
 * Lays a part out in Block Kit, without its pictures. What people typed is put into `rich_text` and `plain_text`,
 * where nothing is rendered and nobody is mentioned.
 */
export function layOut(part: OutgoingPart, say: Say): Content {
  const title = part.title ? say(part.title, part) : undefined;
  const lines = part.lines.map((line) => ({
    text: say(line, part),
    quoted: 'verbatim' in line && isCard(part),
    isLink: 'url' in line,
  }));
  const fields = part.fields.map(({ label, value }) => ({ label: say(label, part), value: say(value, part) }));
  const said = [title, ...lines.map(({ text }) => text), ...fields.map(({ label, value }) => `${label} · ${value}`)];
  const blocks = [
    ...(title ? [titleBlock(title)] : []),
    ...linesBlock(lines, part),
    ...fieldBlocks(fields),
    ...actionBlocks(part, say),
    ...choiceBlocks(part, say),
  ];
  const labels = [...part.actions.map(({ label }) => label), ...(part.choices ? [part.choices.label] : [])];
  const fallback = said.filter(Boolean).join('\n') || labels.map((label) => say(label, part)).join(', ');
  return { text: shorten(fallback || '…', fallbackCharsMax, escapeText), blocks };
}

/** A card says which prompt it is about. */
function isCard(part: OutgoingPart): boolean {
  return part.progress !== undefined;
}

function titleBlock(title: string): Block {
  const fits = !title.includes('\n') && escapeText(title).length <= headerCharsMax;
  return fits ? { type: 'header', text: plainText(title) } : richText([section([words(title, { bold: true })])]);
}

function linesBlock(lines: readonly { text: string; quoted: boolean; isLink: boolean }[], part: OutgoingPart): Block[] {
  const sign = part.tone === 'error' ? [{ type: 'emoji', name: 'warning' }, words(' ')] : [];
  const elements = lines
    .filter(({ text }) => text !== '')
    .map(({ text, quoted, isLink }, index) => {
      const inner = [...(index === 0 ? sign : []), isLink ? { type: 'link', url: text } : words(text)];
      return quoted ? { type: 'rich_text_quote', elements: inner } : section(inner);
    });
  if (part.progress) elements.push(section([words(progressBar(part.progress, part.locale))]));
  return elements.length > 0 ? [richText(elements)] : [];
}

/** Short fields in two columns, long ones one below the other. */
function fieldBlocks(fields: readonly { label: string; value: string }[]): Block[] {
  const { label: labelMax, value: valueMax } = columnCharsMax;
  if (fields.every(({ label, value }) => isShort(label, labelMax) && isShort(value, valueMax))) {
    const cells = fields.flatMap(({ label, value }) => [labelText(label), plainText(value)]);
    return chunk(cells, fieldsPerSection).map((some) => ({ type: 'section', fields: some }));
  }
  const shown = fields.filter(({ label, value }) => label !== '' || value !== '');
  const stacked = shown.flatMap(({ label, value }, index) => {
    const after = `${value === '' ? '' : `\n${value}`}${index < shown.length - 1 ? '\n' : ''}`;
    return [
      ...(label === '' ? [] : [words(label, labelStyle(label))]),
      ...(after === '' ? [] : [words(label === '' ? after.replace(/^\n/, '') : after)]),
    ];
  });
  return stacked.length > 0 ? [richText([section(stacked)])] : [];
}

/** A command or a flag stands as it is to be typed. */
function labelStyle(label: string): { bold: true } | { code: true } {
  return /^(\/|--)\w/.test(label) ? { code: true } : { bold: true };
}

function isShort(text: string, max: number): boolean {
  return text !== '' && text.length <= max && !text.includes('\n');
}

/** In bold where it holds nothing that Slack could read as markup. */
function labelText(label: string) {
  return /^[\p{L}\p{M}\p{N} ]+$/u.test(label)
    ? { type: 'mrkdwn', text: `*${label}*`, verbatim: true }
    : plainText(label);
}

function actionBlocks(part: OutgoingPart, say: Say): Block[] {
  const buttons = part.actions.map((action) => button(action, say(action.label, part)));
  return chunk(buttons, buttonsPerBlock).map((elements) => ({ type: 'actions', elements }));
}

/** A menu's value is the command that it stands for. */
function choiceBlocks({ choices, ...part }: OutgoingPart, say: Say): Block[] {
  if (!choices) return [];
  const menus = chunk(choices.options, optionsPerMenu).map((options, index) => ({
    type: 'static_select',
    action_id: `choices ${index + 1}`,
    placeholder: optionText(say(choices.label, part), placeholderCharsMax),
    options: options.map(({ id, label }) => ({ text: optionText(say(label, part), buttonCharsMax), value: id })),
  }));
  return [{ type: 'actions', elements: menus }];
}

function optionText(text: string, max: number) {
  return { type: 'plain_text', text: shorten(text, max, escapeText), emoji: false };
}

function button(action: OutgoingAction, label: string) {
  return {
    type: 'button',
    text: optionText(label, buttonCharsMax),
    action_id: action.id,
    value: action.id,
    ...(action.style === 'secondary' ? {} : { style: action.style }),
  };
}

function plainText(text: string) {
  return { type: 'plain_text', text: escapeText(text), emoji: false };
}

function richText(elements: unknown[]): Block {
  return { type: 'rich_text', elements };
}

function section(elements: unknown[]) {
  return { type: 'rich_text_section', elements };
}

function words(text: string, style?: { bold?: true; code?: true }) {
  return { type: 'text', text, ...(style ? { style } : {}) };
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
