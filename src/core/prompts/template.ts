import { UserError } from '#core/errors.ts';
import { closeBrace, comma, openBrace } from '#core/prompts/split-words.ts';

/** A text with alternatives, as typed: `a {red, {light, dark} green} fox, {1..5}`. */
export type Template = readonly Piece[];
export type Piece = string | OneOf | Range;
interface OneOf {
  readonly oneOf: readonly Template[];
}
/** Numbers as typed; both ends are among the values where the steps meet them. */
interface Range {
  readonly from: string;
  readonly to: string;
  readonly step?: string;
}

/** More has no use, and a stack has its end. */
const depthMax = 20;
const number = String.raw`-?\d{1,9}(?:\.\d{1,6})?`;
const range = new RegExp(
  String.raw`[${openBrace}]\s*(${number})\s*\.\.\s*(${number})(?:\s+step\s+(\d{1,9}(?:\.\d{1,6})?))?\s*[${closeBrace}]`,
  'y',
);
const coded = /[\\{}｛｝]/;
/** Whether a text has a sign that may mean something. */
const mayMean = /[\\{}｛｝,，&"“”\-\u2012-\u2015\u2e3a]/;
/** What a backslash makes a sign of its own. */
const escapable = `\\${openBrace}${closeBrace}${comma}#-\u2012\u2013\u2014\u2015\u2e3a&"“”.`;

/**
 * Reads a text with its alternatives.
 * @throws {UserError} `braces.*`; `fail` puts it in its place, by the index in the text.
 */
export function readTemplate(source: string, fail: (error: UserError, at: number) => UserError): Template {
  const read = readUntil(source, 0, 0, fail);
  return read.template;
}

/** Whether a text may stand for others, or holds signs that do not mean themselves. */
export const isCoded = (source: string): boolean => coded.test(source);

function readUntil(
  source: string,
  start: number,
  depth: number,
  fail: (error: UserError, at: number) => UserError,
): { template: Template; end: number } {
  const pieces: Piece[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') pieces.push(literal);
    literal = '';
  };
  let at = start;
  for (; at < source.length; at += 1) {
    const sign = source[at] ?? '';
    const next = source[at + 1] ?? '';
    if (sign === '\\' && next !== '' && escapable.includes(next)) {
      literal += next;
      at += 1;
    } else if (openBrace.includes(sign)) {
      flush();
      if (depth >= depthMax) throw fail(new UserError('braces.deep', { max: depthMax }), at);
      const group = readRange(source, at, fail) ?? readAlternatives(source, at, depth, fail);
      pieces.push(group.piece);
      at = group.end - 1;
    } else if (depth > 0 && (comma.includes(sign) || closeBrace.includes(sign))) {
      break;
    } else if (closeBrace.includes(sign)) {
      throw fail(new UserError('braces.unopened'), at);
    } else literal += sign;
  }
  flush();
  return { template: pieces, end: at };
}

function readRange(source: string, at: number, fail: (error: UserError, at: number) => UserError) {
  range.lastIndex = at;
  const match = range.exec(source);
  const [whole = '', from, to, step] = match ?? [];
  if (from === undefined || to === undefined) return undefined;
  if (step !== undefined && Number(step) === 0) throw fail(new UserError('braces.step'), at);
  return { piece: { from, to, ...(step === undefined ? {} : { step }) }, end: at + whole.length };
}

function readAlternatives(
  source: string,
  open: number,
  depth: number,
  fail: (error: UserError, at: number) => UserError,
): { piece: OneOf; end: number } {
  const oneOf: Template[] = [];
  let at = open;
  do {
    const { template, end } = readUntil(source, at + 1, depth + 1, fail);
    if (end >= source.length) throw fail(new UserError('braces.unclosed'), open);
    oneOf.push(trim(template));
    at = end;
  } while (comma.includes(source[at] ?? ''));
  if (oneOf.length === 1 && oneOf[0]?.length === 0) throw fail(new UserError('braces.empty'), open);
  return { piece: { oneOf }, end: at + 1 };
}

function trim(template: Template): Template {
  const last = template.length - 1;
  return template
    .map((piece, index) => {
      if (typeof piece !== 'string') return piece;
      const started = index === 0 ? piece.trimStart() : piece;
      return index === last ? started.trimEnd() : started;
    })
    .filter((piece) => piece !== '');
}

/** Whether it stands for one text only, which it holds as it is. */
export const isPlain = (template: Template): boolean => template.every((piece) => typeof piece === 'string');

/** How many texts it stands for; the largest exact number where there are more. */
export function countTexts(template: Template): number {
  return template.reduce((product, piece) => atMostExact(product * countPiece(piece)), 1);
}

function countPiece(piece: Piece): number {
  if (typeof piece === 'string') return 1;
  if ('oneOf' in piece) return piece.oneOf.reduce((sum, option) => atMostExact(sum + countTexts(option)), 0);
  const { first, last, step } = scaled(piece);
  return Number((last > first ? last - first : first - last) / step) + 1;
}

export const atMostExact = (count: number): number => Math.min(count, Number.MAX_SAFE_INTEGER);

/** All its texts, those of the last alternatives changing first. Count them before. */
export function expandTexts(template: Template): string[] {
  if (isPlain(template)) return [template.join('')];
  // An alternative may be nothing, and then leaves two spaces.
  return combine(template).map((text) => text.replace(/ {2,}/g, ' ').trim());
}

function combine(template: Template): string[] {
  return template.reduce<string[]>(
    (begun, piece) => {
      const values = valuesOf(piece);
      return begun.flatMap((text) => values.map((value) => text + value));
    },
    [''],
  );
}

function valuesOf(piece: Piece): string[] {
  if (typeof piece === 'string') return [piece];
  if ('oneOf' in piece) return piece.oneOf.flatMap(combine);
  const { first, last, step, decimals } = scaled(piece);
  const signed = last >= first ? step : -step;
  return Array.from({ length: countPiece(piece) }, (_, index) => unscale(first + signed * BigInt(index), decimals));
}

/** Whole numbers of the finest decimal, so that 0.1 counts without error. */
function scaled({ from, to, step = '1' }: Range): { first: bigint; last: bigint; step: bigint; decimals: number } {
  const decimals = Math.max(...[from, to, step].map((typed) => typed.split('.')[1]?.length ?? 0));
  const whole = (typed: string) => {
    const [units = '', fraction = ''] = typed.split('.');
    return BigInt(units + fraction.padEnd(decimals, '0'));
  };
  return { first: whole(from), last: whole(to), step: whole(step), decimals };
}

function unscale(value: bigint, decimals: number): string {
  const sign = value < 0n ? '-' : '';
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0');
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  const units = digits.slice(0, digits.length - decimals);
  return `${sign}${units}${decimals > 0 && fraction !== '' ? `.${fraction}` : ''}`;
}

/** As it is typed; `quotes` are escaped where they would hold together what they should not. */
export function printTemplate(template: Template, options: { quotes: boolean }): string {
  return template.map((piece) => printPiece(piece, options, false)).join('');
}

function printPiece(piece: Piece, options: { quotes: boolean }, inBraces: boolean): string {
  if (typeof piece === 'string') return escapeText(piece, options, inBraces);
  if ('from' in piece) return `{${piece.from}..${piece.to}${piece.step === undefined ? '' : ` step ${piece.step}`}}`;
  const texts = piece.oneOf.map((option) => option.map((inner) => printPiece(inner, options, true)).join(''));
  const printed = `{${texts.join(', ')}}`;
  range.lastIndex = 0;
  return range.test(printed) ? printed.replace('..', '\\..') : printed;
}

function escapeText(text: string, { quotes }: { quotes: boolean }, inBraces: boolean): string {
  if (!mayMean.test(text)) return text;
  const escaped = text
    .replace(/[\\{}｛｝]/g, '\\$&')
    .replace(/(?<=^|\s)(?=(?:--|[\u2012-\u2015\u2e3a])[A-Za-z])/g, '\\')
    .replace(/(?<=^|\s)&&(?=\s|$)/g, '\\&&');
  const separated = inBraces ? escaped.replace(/[,，]/g, '\\$&') : escaped;
  return quotes ? separated.replace(/["“”]/g, '\\$&') : separated;
}
