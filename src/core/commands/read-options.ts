import type { CommandOption, PromptLine, Ratio } from '#core/commands/define.ts';
import { readNumbers } from '#core/commands/read-numbers.ts';
import { UserError } from '#core/errors.ts';
import { nearest } from '#core/prompts/nearest.ts';
import { type Flag, readFlags } from '#core/prompts/read-flags.ts';

/** What option values are checked against. */
export interface Vocabulary {
  models: readonly string[];
  locales: readonly string[];
  commands: readonly string[];
}

/** Longer than any model's canvas; a model that cannot do a ratio takes its nearest and says so. */
const ratioMax = 8;

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
  const known = flagged.map((option) => option.name);
  const read = (flags: Flag[]) =>
    Object.fromEntries(flags.map((flag) => [flag.name, readValue(flagged, flag, vocabulary)]));
  const positionals = command.options.filter((option) => option.positional);
  const [positional] = positionals;

  if (positional?.kind === 'prompts') {
    const lines = text
      .split('\n')
      .map((line) => readFlags(line, known))
      .map((line) => ({ text: line.text, values: read(line.flags) }));
    const shared = Object.assign({}, ...lines.filter((line) => line.text === '').map((line) => line.values));
    const prompts: PromptLine[] = lines
      .filter((line) => line.text !== '')
      .map((line) => ({ ...shared, ...line.values, text: line.text }));
    return { ...shared, [positional.name]: prompts };
  }

  const line = readFlags(text.replace(/\s+/g, ' '), known);
  const values = read(line.flags);
  if (line.text === '') return values;
  if (!positional) throw new UserError('command.unexpected', { text: line.text, command: command.name });
  const words = line.text.split(' ');
  const typed = positionals.flatMap(({ name }, index) => {
    const value = words.slice(index, index === positionals.length - 1 ? undefined : index + 1).join(' ');
    return value === '' ? [] : [{ name, value }];
  });
  return {
    ...values,
    ...Object.fromEntries(typed.map((flag) => [flag.name, readValue(positionals, flag, vocabulary)])),
  };
}

function readValue(options: readonly CommandOption[], flag: Flag, vocabulary: Vocabulary): unknown {
  const option = options.find((candidate) => candidate.name === flag.name);
  if (!option) throw new Error(`no option ${flag.name}`);
  const value = flag.value.normalize('NFKC').trim();
  if (option.clearable && value.toLowerCase() === 'default') return null;
  switch (option.kind) {
    case 'integer':
      return readInteger(option, value);
    case 'ratio':
      return readRatio(option.name, value);
    case 'numbers':
      return readNumbers(value);
    case 'choice':
      return readChoice(option.name, value, option.choices);
    case 'model':
      return readModel(value, vocabulary.models);
    case 'language':
      return readLanguage(value, vocabulary.locales);
    case 'timeZone':
      return readTimeZone(value);
    case 'batch':
      return value.toLowerCase();
    case 'command':
      return readCommandName(value, vocabulary.commands);
    case 'prompts':
      return value;
  }
}

function readInteger(option: { name: string; min: number; max: number }, value: string): number {
  const number = /^[+-]?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= option.min && number <= option.max)) {
    throw new UserError('option.integer', { option: option.name, value, min: option.min, max: option.max });
  }
  return number;
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

function readChoice(option: string, value: string, choices: readonly string[]): string {
  const choice = choices.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
  if (!choice) throw new UserError('option.choice', { option, value, choices: [...choices] });
  return choice;
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
