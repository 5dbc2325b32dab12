import type { PromptLine } from '#core/commands/define.ts';
import { type Place, UserError } from '#core/errors.ts';
import { type Flag, type KnownFlags, sortWords } from '#core/prompts/read-flags.ts';
import { splitWords, type Word } from '#core/prompts/split-words.ts';
import {
  atMostExact,
  countTexts,
  expandTexts,
  isCoded,
  isPlain,
  printTemplate,
  readTemplate,
  type Template,
} from '#core/prompts/template.ts';

/** Most pictures of one request. */
export const imagesMax = 500;
/** Seeds are 32 bit, as every provider that has them takes those. */
export const seedMax = 2 ** 32 - 1;
/** Between prompts that stand in one line. */
export const separator = '&&';

/** A prompt with its flags; one without a text gives its flags to all that lack them. */
export interface RequestLine {
  text: Template;
  /** In the order of declaration, each once. */
  flags: readonly RequestFlag[];
}
interface RequestFlag {
  name: string;
  value: Template;
}
export type Request = readonly RequestLine[];

/** The flags that there are, with their values. */
export interface FlagValues extends KnownFlags {
  /**
   * What a value means.
   * @throws {UserError} `option.*`
   */
  read(name: string, value: string): unknown;
  /** A value as it is typed. */
  print(name: string, value: unknown): string;
}

/** These say how often, and so are one number each. */
const countFlags = ['n', 'repeat'] as const;

/** A prompt as typed, whose flags are not checked yet: that may expand them, and so comes after counting. */
export interface TypedLine {
  text: Template;
  flags: readonly TypedFlag[];
}
export interface TypedFlag extends RequestFlag {
  /** Puts an error in the flag's place. */
  place: (error: UserError) => UserError;
}

/**
 * Reads prompts: one a line, or several in a line with `&&` between them. What begins with `#` is a comment.
 * @throws {UserError} `option.*`, `braces.*`, `prompt.tooMany`, with its place where that is known.
 */
export function readRequest(typed: string, values: FlagValues): Request {
  const lines = readLines(typed, values);
  requireFew(countImages(lines));
  return lines.map(({ text, flags }) => ({ text, flags: flags.map((flag) => checkFlag(flag, values)) }));
}

/**
 * The first half of `readRequest`: then they are counted, and their flags checked.
 * @throws {UserError} `option.*`, `braces.*`, with its place.
 */
export function readLines(typed: string, values: FlagValues): TypedLine[] {
  const lines = typed.split('\n');
  return lines.flatMap((line, index) => {
    if (line.trimStart().startsWith('#')) return [];
    const fail = (error: UserError, at: number) => {
      const column = [...line.slice(0, at)].length + 1;
      const place: Place = lines.length > 1 ? { line: index + 1, column } : { column };
      return error.at(place);
    };
    return splitLine(splitWords(line)).flatMap((words) => readLine(line, words, values, fail));
  });
}

/** @throws {UserError} `prompt.tooMany` */
export function requireFew(count: number): void {
  if (count > imagesMax) throw new UserError('prompt.tooMany', { count, max: imagesMax });
}

/** Puts an error in its place, by the index in what was typed. */
type Fail = (error: UserError, at: number) => UserError;

function splitLine(words: readonly Word[]): Word[][] {
  const parts: Word[][] = [[]];
  for (const word of words) {
    if (word.text === separator) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.filter((part) => part.length > 0);
}

function readLine(line: string, words: readonly Word[], values: FlagValues, fail: Fail): TypedLine[] {
  const sorted = sortWords(line, words, values, fail);
  const pieces = sorted.words.flatMap(({ gap, text, start }) =>
    isCoded(text) ? [gap, ...readTemplate(text, (error, at) => fail(error, start + at))] : [gap + text],
  );
  const flags = inOrder(sorted.flags, values).map((flag) => readFlag(flag, values, fail));
  const text = joinTexts(pieces);
  return text.length === 0 && flags.length === 0 ? [] : [{ text, flags }];
}

/** In the order of declaration; of a flag that is typed twice the last one. */
function inOrder<F extends { name: string }>(flags: readonly F[], { names }: FlagValues): F[] {
  if (flags.length === 0) return [];
  return names.flatMap((name) => flags.findLast((flag) => flag.name === name) ?? []);
}

/**
 * A flag with its alternatives; one that says how often has none, and is checked at once.
 * @throws {UserError} `option.*`, `braces.*`, through `fail`.
 */
export function readFlag(flag: Flag, values: FlagValues, fail: Fail): TypedFlag {
  const { name, start, valueStart } = flag;
  const place = (error: UserError) => fail(error, start);
  if (isCount(name)) return { ...checkFlag({ name, value: [flag.value], place }, values), place };
  return { name, value: readTemplate(flag.value, (error, at) => fail(error, valueStart + at)), place };
}

const isCount = (name: string): boolean => countFlags.some((one) => one === name);

function joinTexts(pieces: readonly Template[number][]): Template {
  const joined: Template[number][] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece;
    else if (piece !== '') joined.push(piece);
  }
  return joined;
}

/**
 * A value in its one spelling; those of alternatives are looked at one by one, and stay as they are.
 * @throws {UserError} `option.*`, `prompt.tooMany`, in its place.
 */
export function checkFlag({ name, value, place }: TypedFlag, values: FlagValues): RequestFlag {
  try {
    // A flag that no prompt takes up is not in the count.
    requireFew(countTexts(value));
    const meant = expandTexts(value).map((one) => values.read(name, one));
    if (!isPlain(value)) return { name, value };
    const spelled = values.print(name, meant[0]);
    return { name, value: spelled === '' ? [] : [spelled] };
  } catch (error) {
    throw error instanceof UserError ? place(error) : error;
  }
}

/** How many pictures a request asks for, without making its list; the largest exact number where there are more. */
export function countImages(request: Request): number {
  return withShared(request).reduce((sum, { text, flags }) => {
    const texts = flags
      .filter(({ name }) => !isCount(name))
      .reduce((product, { value }) => atMostExact(product * countTexts(value)), countTexts(text));
    const times = countFlags.reduce((product, name) => product * countOf(flags, name), 1);
    return atMostExact(sum + atMostExact(texts * times));
  }, 0);
}

/** What is no whole number was refused when it was read. */
function countOf(flags: readonly RequestFlag[], name: string): number {
  return Number(flags.find((flag) => flag.name === name)?.value.join('') ?? 1);
}

function withShared<Line extends RequestLine>(request: readonly Line[]): Line[] {
  const shared = request.filter(({ text }) => text.length === 0).flatMap(({ flags }) => flags);
  const own = request.filter(({ text }) => text.length > 0);
  if (shared.length === 0) return own;
  const last = [...new Map(shared.map((flag) => [flag.name, flag])).values()];
  return own.map((line) => {
    const missing = last.filter(({ name }) => !line.flags.some((flag) => flag.name === name));
    return { ...line, flags: [...line.flags, ...missing] };
  });
}

/** Every prompt of a request with its own values, in order: the last alternatives change first, then `--repeat` begins anew. */
export function expandRequest(request: Request, values: FlagValues): PromptLine[] {
  return withShared(request).flatMap((line) => {
    const flags = inOrder(line.flags, values);
    const begun: Record<string, unknown>[] = expandTexts(line.text).map((text) => ({ text }));
    const lines = flags.reduce((made, { name, value }) => {
      const meant = isCount(name) ? [countOf(flags, name)] : expandTexts(value).map((one) => values.read(name, one));
      return made.flatMap((one) => meant.map((each) => ({ ...one, [name]: each })));
    }, begun) as unknown as (PromptLine & { repeat?: number })[];
    return Array.from({ length: countOf(flags, 'repeat') }, (_, time) =>
      lines.map(({ repeat: _repeat, ...one }) =>
        one.seed === undefined ? one : { ...one, seed: laterSeed(one, time) },
      ),
    ).flat();
  });
}

/** Of `--n` pictures each has the seed after the one before; a repeat goes on from there. */
const laterSeed = ({ seed = 0, n = 1 }: PromptLine, time: number): number => (seed + time * n) % (seedMax + 1);

/** A request as one line that can be typed anywhere and is read as the very same. */
export function printRequest(request: Request): string {
  return request.map(printLine).join(` ${separator} `);
}

function printLine({ text, flags }: RequestLine): string {
  const words = printTemplate(text, { quotes: !holdsTogether(text) }).replace(/^#/, '\\#');
  return [...(words === '' ? [] : [words]), ...flags.map(({ name, value }) => `--${name} ${printValue(value)}`)].join(
    ' ',
  );
}

/** Whether its quotes close within it, and around nothing that has a meaning. */
function holdsTogether(text: Template): boolean {
  if (!text.some((piece) => typeof piece !== 'string' || /["“”]/.test(piece))) return true;
  return isPlain(text) && splitWords(`${printTemplate(text, { quotes: false })} "`).at(-1)?.text === '"';
}

/** In quotes where it is no word by itself. */
function printValue(value: Template): string {
  const printed = printTemplate(value, { quotes: true });
  const isWord = splitWords(printed).length === 1 && splitWords(printed)[0]?.text === printed;
  return isWord ? printed : `"${printed}"`;
}

/** The prompts of a request as people read them, a line each: as they were typed, and without what keeps signs from meaning something. */
export function sayRequest(request: Request): string {
  return request
    .filter(({ text }) => text.length > 0)
    .map(({ text }) => (isPlain(text) ? text.join('') : printTemplate(text, { quotes: false })))
    .join('\n');
}
