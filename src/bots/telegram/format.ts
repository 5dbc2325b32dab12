import { directionEnds } from '#bots/direction-ends.ts';
import type { I18n, Reader, Text } from '#src/i18n.ts';

/** A stretch of text in one style; `code` is what a person typed: Telegram links and pings nothing in it. */
export interface Run {
  text: string;
  style: 'plain' | 'bold' | 'code';
}

/** Words of ours with every typed value as code, tapped to copy. */
export function sayRuns(i18n: Pick<I18n, 'say'>, text: Text, reader: Reader): Run[] {
  return fillRuns((mark) => i18n.say(text, reader, mark), typedRun);
}

/** `Label: value` in the reader's language, the label bold. */
export function fieldRuns(i18n: Pick<I18n, 'say'>, field: { label: Text; value: Text }, reader: Reader): Run[] {
  const sides = [bold(sayRuns(i18n, field.label, reader)), sayRuns(i18n, field.value, reader)];
  return fillRuns(
    (mark) => i18n.say({ key: 'field', values: { label: '0', value: '1' } }, reader, mark),
    (side) => sides[Number(side)] ?? [],
  );
}

/** Makes words of ours bold; code stays as it is, as Telegram lets it be part of nothing else. */
export function bold(runs: readonly Run[]): Run[] {
  return runs.map((run) => (run.style === 'code' ? run : { ...run, style: 'bold' }));
}

export function joinRuns(blocks: readonly (readonly Run[])[], separator: string): Run[] {
  return blocks.flatMap((block, index) =>
    index === 0 ? block : [{ text: separator, style: 'plain' as const }, ...block],
  );
}

const tags = { plain: ['', ''], bold: ['<b>', '</b>'], code: ['<code>', '</code>'] } as const;

/** As `parse_mode` HTML takes it; https://core.telegram.org/bots/api#html-style */
export function toHtml(runs: readonly Run[]): string {
  return runs.map(({ text, style }) => (text === '' ? '' : tags[style].join(escapeHtml(text)))).join('');
}

export function toPlain(runs: readonly Run[]): string {
  return runs.map(({ text }) => text).join('');
}

/** In UTF-16 units after parsing, which is never less than Telegram counts. */
export function lengthOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { text }) => sum + text.length, 0);
}

export function entitiesOf(runs: readonly Run[]): number {
  return runs.filter(({ text, style }) => style !== 'plain' && text !== '').length;
}

/** Of Unicode's private use, so in no words of ours, no number and no date. */
const marked = /\ue000(\d+)\ue001/;

function fillRuns(say: (mark: (value: string) => string) => string, fill: (value: string) => Run[]): Run[] {
  const values: string[] = [];
  const said = say((value) => `\ue000${values.push(value) - 1}\ue001`);
  return said
    .split(marked)
    .flatMap((piece, index): Run[] =>
      index % 2 === 0 ? [{ text: piece, style: 'plain' }] : fill(values[Number(piece)] ?? ''),
    )
    .filter(({ text }) => text !== '');
}

function typedRun(typed: string): Run[] {
  // Telegram would show them as spaces.
  const visible = typed.replace(/\p{Cc}/gu, pictureOf);
  return [{ text: visible + directionEnds(visible), style: 'code' }];
}

/** The control pictures of Unicode, U+2400 onwards. */
function pictureOf(control: string): string {
  const code = control.charCodeAt(0);
  if (control === '\n' || control === '\t' || code > 0x7f) return control;
  return code === 0x7f ? '\u2421' : String.fromCharCode(0x2400 + code);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
