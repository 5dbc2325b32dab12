import type { CommandOption, Ratio, Vocabulary } from '#core/commands/define.ts';
import { printRatio } from '#core/commands/print-ratio.ts';
import { readNumbers } from '#core/commands/read-numbers.ts';
import { UserError } from '#core/errors.ts';
import { nearest, nearMiss } from '#core/prompts/nearest.ts';
import { type KnownFlags, readFlags } from '#core/prompts/read-flags.ts';
import { expandRequest, type FlagValues, printRequest, readRequest, sayRequest } from '#core/prompts/request.ts';

/** Longer than any model's canvas; a model that cannot do a ratio takes its nearest and says so. */
const ratioMax = 8;
const switchWords = ['on', 'off'] as const;
/** Takes a setting back. */
const cleared = 'default';

/**
 * Reads the text behind a command's name by its declaration.
 * @throws {UserError} naming the option, what was typed and what would be right.
 */
export function readOptions(
  command: { name: string; options: readonly CommandOption[] },
  text: string,
  vocabulary: Vocabulary,
): Record<string, unknown> {
  const flagged = command.options.filter((option) => !option.positional);
  const positionals = command.options.filter((option) => option.positional);
  const [positional] = positionals;

  if (positional?.kind === 'prompts') {
    const values = flagValues(command, vocabulary);
    const request = readRequest(text, values);
    return {
      [positional.name]: {
        lines: expandRequest(request, values),
        line: printRequest(request),
        said: sayRequest(request),
      },
    };
  }

  const read = (flags: readonly { name: string; value: string }[]) =>
    Object.fromEntries(flags.map((flag) => [flag.name, readValue(flagged, flag, vocabulary)]));
  const [before, rest] = positionals.at(-1)?.kind === 'line' ? cutLine(text, positionals.length - 1) : [text, ''];
  const line = readFlags(before.replace(/\s+/g, ' '), knownFlags(flagged));
  const values = read(line.flags);
  if (line.text === '' && rest === '') return values;
  if (!positional) throw new UserError('command.unexpected', { text: line.text, command: command.name });
  const words = line.text.split(' ');
  const typed = positionals.flatMap(({ name }, index) => {
    const value = words.slice(index, index === positionals.length - 1 ? undefined : index + 1).join(' ') || rest;
    return value === '' ? [] : [{ name, value }];
  });
  return {
    ...values,
    ...Object.fromEntries(typed.map((flag) => [flag.name, readValue(positionals, flag, vocabulary)])),
  };
}

/** What stands behind so many words. */
function cutLine(text: string, words: number): [string, string] {
  const before = new RegExp(`^\\s*(?:\\S+\\s+){${words}}`).exec(text)?.[0] ?? text;
  return [before.trim(), text.slice(before.length).trim()];
}

/** The flags of a command, for a reader of prompts. */
export function flagValues({ options }: { options: readonly CommandOption[] }, vocabulary: Vocabulary): FlagValues {
  const flagged = options.filter((option) => !option.positional);
  return {
    ...knownFlags(flagged),
    read: (name, value) => readValue(flagged, { name, value }, vocabulary),
    print: (_name, value) => printValue(value),
  };
}

function knownFlags(flagged: readonly CommandOption[]): KnownFlags {
  return {
    names: flagged.map(({ name }) => name),
    switches: new Map(
      flagged.flatMap(({ name, kind, clearable }) =>
        kind === 'switch' ? [[name, clearable ? [...switchWords, cleared] : switchWords]] : [],
      ),
    ),
  };
}

function readValue(
  options: readonly CommandOption[],
  flag: { name: string; value: string },
  vocabulary: Vocabulary,
): unknown {
  const option = options.find((candidate) => candidate.name === flag.name);
  if (!option) throw new Error(`no option ${flag.name}`);
  const value = flag.value.normalize('NFKC').trim();
  if (option.clearable && value.toLowerCase() === cleared) return null;
  if (option.kind === 'text') return readText(option, flag.value.trim());
  switch (option.kind) {
    case 'integer':
      return readInteger(option, value);
    case 'ratio':
      return readRatio(option.name, value);
    case 'numbers':
      return readNumbers(value);
    case 'choice':
      return readChoice(option, value, option.choices);
    case 'switch':
      return readChoice(option, value, switchWords) === 'on';
    case 'quality':
      return readQuality(option, value, vocabulary.qualities);
    case 'name':
      return readName(option.name, value);
    case 'model':
      return readModel(value, vocabulary.models);
    case 'language':
      return readLanguage(value, vocabulary.locales);
    case 'timeZone':
      return readTimeZone(value);
    case 'batch':
    case 'draft':
      return value.toLowerCase();
    case 'command':
      return readCommandName(value, vocabulary.commands);
    case 'prompts':
    case 'line':
      return value;
  }
}

/** A value as it is typed. */
export function printValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value !== 'object' || value === null) return String(value);
  return printRatio(value as Ratio);
}

/** What a refusal calls an option by: people type some without its name. */
type Named = Pick<CommandOption, 'name' | 'positional'>;

function readText({ name, positional, max }: Named & { max: number }, value: string): string {
  const { length } = [...value];
  if (length === 0) throw new UserError('option.missingValue', { option: name });
  if (length <= max) return value;
  throw positional
    ? new UserError('word.text', { length, max })
    : new UserError('option.text', { option: name, length, max });
}

function readName(option: string, value: string): string {
  if (!/^[\p{L}\p{N}_-]{1,32}$/u.test(value)) throw new UserError('option.name', { option, value });
  return value.toLowerCase();
}

function readQuality(option: Named, value: string, qualities: readonly string[]): string {
  if (qualities.length === 0) throw new UserError('option.noQuality', { value });
  return readChoice(option, value, qualities);
}

function readInteger({ name, positional, min, max }: Named & { min: number; max: number }, value: string): number {
  const number = /^[+-]?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw positional
    ? new UserError('word.integer', { value, min, max })
    : new UserError('option.integer', { option: name, value, min, max });
}

function readRatio(option: string, value: string): Ratio {
  const match = /^(\d{1,5}(?:\.\d{1,3})?)[:x/×](\d{1,5}(?:\.\d{1,3})?)$/i.exec(value);
  const width = Number(match?.[1] ?? 0);
  const height = Number(match?.[2] ?? 0);
  if (width <= 0 || height <= 0) throw new UserError('option.ratio', { option, value });
  if (Math.max(width / height, height / width) > ratioMax) {
    throw new UserError('option.ratioTooLong', { option, value, max: ratioMax });
  }
  return { width, height };
}

function readChoice({ name, positional }: Named, value: string, choices: readonly string[]): string {
  const choice = choices.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
  if (choice) return choice;
  throw positional
    ? noChoice(value, choices)
    : new UserError('option.choice', { option: name, value, choices: [...choices] });
}

/** A word that is none of those that may stand there. */
export function noChoice(value: string, choices: readonly string[]): UserError {
  const near = nearMiss(value, choices);
  const values = { value, choices: [...choices] };
  return near === undefined ? new UserError('word.choice', values) : new UserError('word.near', { ...values, near });
}

function readModel(value: string, models: readonly string[]): string {
  const model = models.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
  if (!model) throw new UserError('option.model', { value, nearest: nearest(value, models), models: [...models] });
  return model;
}

function readLanguage(value: string, locales: readonly string[]): string {
  const locale = locales.find((candidate) => candidate.toLowerCase() === value.toLowerCase().replace('_', '-'));
  if (!locale) throw new UserError('option.language', { value, choices: [...locales] });
  return locale;
}

function readTimeZone(value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    throw new UserError('option.timeZone', { value });
  }
}

function readCommandName(value: string, commands: readonly string[]): string {
  const name = value.replace(/^\//, '').toLowerCase();
  if (!commands.includes(name))
    throw new UserError('command.unknown', { command: name, nearest: nearest(name, commands) });
  return name;
}
