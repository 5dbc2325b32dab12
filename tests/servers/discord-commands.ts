import { badLength, type FieldError, invalidForm, missing } from '#tests/servers/discord-errors.ts';
import type { Json, World } from '#tests/servers/discord-world.ts';

/** A registered command as the API gives it back. */
export interface Command extends Json {
  id: string;
  type: number;
  name: string;
  options: CommandOption[];
}

export interface CommandOption extends Json {
  type: number;
  name: string;
  required?: boolean;
  options?: CommandOption[];
  choices?: { name: string; value: string | number }[];
  autocomplete?: boolean;
  min_value?: number;
  max_value?: number;
  min_length?: number;
  max_length?: number;
}

export const optionTypes = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  attachment: 11,
} as const;

/** https://docs.discord.com/developers/reference#locales */
const locales = new Set(
  'id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko'.split(
    ' ',
  ),
);

/** https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-naming */
const nameRule = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;

/** Most commands of each type: chat input, user, message. */
const countMax: Readonly<Record<number, number>> = { 1: 100, 2: 15, 3: 15 };
const charactersMax = 8000;
type Path = readonly (string | number)[];

/** Replaces all global commands, as a PUT does; a command that keeps its name and type keeps its id. @throws {ApiRefusal} */
export function replaceCommands(world: World, before: readonly Command[], body: unknown): Command[] {
  const wanted = (body ?? []) as Json[];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  wanted.forEach((command, index) => {
    const type = Number(command.type ?? 1);
    checkNamed(command, [index], type === 1, errors);
    const key = `${type}:${command.name}`;
    if (seen.has(key)) {
      const message = 'Application command names must be unique';
      errors.push({ path: [index, 'name'], code: 'APPLICATION_COMMANDS_DUPLICATE_NAME', message });
    }
    seen.add(key);
    if (type === 1) checkOptions(optionsOf(command), [index, 'options'], errors);
    else if (command.description || optionsOf(command).length > 0) {
      const message = 'Context menu commands cannot have description or options';
      errors.push({ path: [index], code: 'APPLICATION_COMMAND_CONTEXT_MENU_FIELDS', message });
    }
    if (countCharacters(command) > charactersMax) {
      const message = `Command exceeds maximum size (${charactersMax})`;
      errors.push({ path: [index], code: 'APPLICATION_COMMAND_TOO_LARGE', message });
    }
  });
  for (const [type, most] of Object.entries(countMax)) {
    if (wanted.filter((command) => String(command.type ?? 1) === type).length > most) {
      const message = `Maximum number of application commands reached (${most}).`;
      errors.push({ path: [], code: 'APPLICATION_COMMANDS_MAX', message });
    }
  }
  if (errors.length > 0) throw invalidForm(errors);
  return wanted.map((command) => {
    const type = Number(command.type ?? 1);
    const known = before.find((one) => one.name === command.name && one.type === type);
    return {
      id: known?.id ?? world.newId(),
      application_id: world.applicationId,
      version: world.newId(),
      default_member_permissions: command.default_member_permissions ?? null,
      dm_permission: command.dm_permission ?? true,
      contexts: command.contexts ?? null,
      integration_types: command.integration_types ?? [0],
      nsfw: command.nsfw ?? false,
      description: '',
      name_localizations: null,
      description_localizations: null,
      ...command,
      type,
      name: String(command.name),
      options: optionsOf(command),
    };
  });
}

const optionsOf = (command: Json) => (command.options as CommandOption[] | null | undefined) ?? [];
const size = (value: unknown) => (typeof value === 'string' ? value.length : 0);

function checkNamed(named: Json, path: Path, isTyped: boolean, errors: FieldError[]): void {
  const names = { name: named.name, ...((named.name_localizations as Json | null | undefined) ?? {}) };
  for (const [locale, name] of Object.entries(names)) {
    const at = locale === 'name' ? [...path, 'name'] : [...path, 'name_localizations', locale];
    if (locale !== 'name' && !locales.has(locale)) errors.push(unknownLocale(at, locale));
    const isRight = isTyped
      ? typeof name === 'string' && nameRule.test(name) && name === name.toLowerCase()
      : size(name) >= 1 && size(name) <= 32;
    if (!isRight) {
      const message = 'Command name is invalid';
      errors.push({ path: at, code: 'APPLICATION_COMMAND_INVALID_NAME', message });
    }
  }
  if (!isTyped) return;
  const texts = {
    description: named.description,
    ...((named.description_localizations as Json | null | undefined) ?? {}),
  };
  for (const [locale, text] of Object.entries(texts)) {
    const at = locale === 'description' ? [...path, 'description'] : [...path, 'description_localizations', locale];
    if (locale !== 'description' && !locales.has(locale)) errors.push(unknownLocale(at, locale));
    if (size(text) < 1 || size(text) > 100) errors.push(badLength(at, 1, 100));
  }
}

function unknownLocale(path: Path, locale: string): FieldError {
  return { path, code: 'ENUM_TYPE_COERCE', message: `Value "${locale}" is not a valid enum value.` };
}

function checkOptions(options: readonly CommandOption[], path: Path, errors: FieldError[]): void {
  if (options.length > 25) errors.push(badLength(path, 0, 25));
  const names = new Set<string>();
  let hasOptional = false;
  options.forEach((option, index) => {
    const at = [...path, index];
    checkNamed(option, at, true, errors);
    if (names.has(option.name)) {
      const message = 'Option name already exists';
      errors.push({ path: [...at, 'name'], code: 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS', message });
    }
    names.add(option.name);
    if (option.required && hasOptional) {
      const message = 'Required options must be placed before non-required options';
      errors.push({ path: at, code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID', message });
    }
    hasOptional ||= !option.required && option.type > 2;
    if (!(option.type >= 1 && option.type <= 11)) errors.push(missing([...at, 'type']));
    if (option.type <= 2) checkOptions(option.options ?? [], [...at, 'options'], errors);
    const choices = option.choices ?? [];
    if (choices.length > 25) errors.push(badLength([...at, 'choices'], 0, 25));
    if (option.autocomplete && choices.length > 0) {
      const message = 'Autocomplete cannot be true when choices are present';
      errors.push({ path: [...at, 'autocomplete'], code: 'APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES', message });
    }
    const values = new Set<unknown>();
    choices.forEach((choice, nth) => {
      const place = [...at, 'choices', nth];
      if (size(choice.name) < 1 || size(choice.name) > 100) errors.push(badLength([...place, 'name'], 1, 100));
      const isText = option.type === optionTypes.string;
      if (isText ? size(choice.value) < 1 || size(choice.value) > 100 : typeof choice.value !== 'number') {
        errors.push(badLength([...place, 'value'], 1, 100));
      }
      const message = 'Choice names and values must be unique';
      if (values.has(choice.value)) {
        errors.push({ path: place, code: 'APPLICATION_COMMAND_OPTION_CHOICES_DUPLICATE', message });
      }
      values.add(choice.value);
    });
  });
}

/** Names, descriptions and values together; of localizations the longest counts. */
function countCharacters(named: Json): number {
  const longest = (text: unknown, localized: unknown) =>
    Math.max(size(text), ...Object.values((localized as Json | null | undefined) ?? {}).map(size));
  const own =
    longest(named.name, named.name_localizations) + longest(named.description, named.description_localizations);
  const choices = ((named.choices as Json[] | undefined) ?? []).map(
    (choice) => longest(choice.name, choice.name_localizations) + size(choice.value),
  );
  const options = optionsOf(named).map(countCharacters);
  return [...choices, ...options].reduce((sum, count) => sum + count, own);
}

/** Commands as a GET shows them: localizations only on demand. */
export function listCommands(commands: readonly Command[], withLocalizations: boolean): Json[] {
  if (withLocalizations) return [...commands];
  const strip = ({ name_localizations, description_localizations, options, choices, ...rest }: Json): Json => ({
    ...rest,
    ...(Array.isArray(options) ? { options: options.map(strip) } : {}),
    ...(Array.isArray(choices) ? { choices: choices.map(strip) } : {}),
  });
  return commands.map(strip);
}
