import type { RESTPostAPIChatInputApplicationCommandsJSONBody } from 'discord.js';
import { shorten } from '#bots/cut-text.ts';
import { optionType } from '#bots/discord/protocol.ts';
import type { Command, CommandOption } from '#core/commands/define.ts';
import type { I18n, Key } from '#src/i18n.ts';

export type DiscordCommand = RESTPostAPIChatInputApplicationCommandsJSONBody;
type DiscordOption = NonNullable<DiscordCommand['options']>[number];

/** https://docs.discord.com/developers/reference#locales; its own default is what is not listed here. */
const discordLocales = [
  ...['id', 'da', 'de', 'en-GB', 'en-US', 'es-ES', 'es-419', 'fr', 'hr', 'it', 'lt', 'hu', 'nl', 'no', 'pl', 'pt-BR'],
  ...['ro', 'fi', 'sv-SE', 'vi', 'tr', 'cs', 'el', 'bg', 'ru', 'uk', 'hi', 'th', 'zh-CN', 'ja', 'zh-TW', 'ko'],
];

const defaultLocale = 'en';
/** https://docs.discord.com/developers/interactions/application-commands#application-command-object */
const descriptionCharsMax = 100;
/** Guilds, direct messages with the bot, and those of others. */
const contexts = [0, 1, 2];

/** Every command as Discord registers it; `integrationTypes` are those that the app is set up for. */
export function discordCommands(
  i18n: Pick<I18n, 'say' | 'match' | 'strings'>,
  commands: readonly Command[],
  integrationTypes: readonly number[],
): DiscordCommand[] {
  const timeZone = 'UTC';

  function words(key: string, name: string) {
    const description = `${key}.description` as Key;
    const say = (locale: string) => shorten(i18n.say({ key: description }, { locale, timeZone }), descriptionCharsMax);
    return described(name, say(defaultLocale), say, (locale) => i18n.strings(key, locale).name);
  }

  function optionWords(command: string, option: string) {
    const key = `commands.${command}.options.${option}` as Key;
    const say = (locale: string) => shorten(i18n.say({ key }, { locale, timeZone }), descriptionCharsMax);
    return described(option, say(defaultLocale), say, () => undefined);
  }

  function fileWords({ filesAre }: Command, locale: string): string {
    const key = filesAre === 'prompts' ? 'discord.prompts' : 'discord.reference';
    return i18n.say({ key }, { locale, timeZone });
  }

  function described(
    name: string,
    description: string,
    say: (locale: string) => string,
    nameIn: (locale: string) => string | undefined,
  ) {
    const descriptions: Record<string, string> = {};
    const names: Record<string, string> = {};
    for (const locale of discordLocales) {
      const ours = i18n.match(locale);
      if (ours === undefined || ours === defaultLocale) continue;
      descriptions[locale] = say(ours);
      const given = nameIn(ours);
      if (given !== undefined) names[locale] = given;
    }
    return { name, description, name_localizations: names, description_localizations: descriptions };
  }

  return commands.map((command) => ({
    type: 1,
    ...words(`commands.${command.name}`, command.name),
    contexts,
    integration_types: [...integrationTypes],
    options: [
      ...requiredFirst(command.options).map((option) => ({
        ...optionWords(command.name, option.name),
        ...valuesOf(option),
      })),
      ...fileNames(command).map((name) => ({
        ...described(
          name,
          fileWords(command, defaultLocale),
          (locale) => fileWords(command, locale),
          () => undefined,
        ),
        type: optionType.attachment,
        required: false,
      })),
    ],
  })) as DiscordCommand[];
}

function requiredFirst(options: Command['options']): Command['options'] {
  return options.toSorted((one, other) => Number(other.required === true) - Number(one.required === true));
}

/** One attachment option for each file that a command takes. */
function fileNames({ filesMax, filesAre }: Command): string[] {
  return Array.from({ length: filesMax }, (_, index) => (index === 0 ? filesAre : `${filesAre}-${index + 1}`));
}

/** What can be typed into an option. A setting that `default` takes back is text, as Discord's numbers know no word. */
function valuesOf(option: CommandOption): Pick<DiscordOption, 'type'> & Record<string, unknown> {
  const required = option.required === true;
  switch (option.kind) {
    case 'integer':
      return option.clearable
        ? { type: optionType.string, required }
        : { type: optionType.integer, required, min_value: option.min, max_value: option.max };
    case 'switch':
      return { type: optionType.string, required, choices: choicesOf(['on', 'off']) };
    case 'choice':
      return { type: optionType.string, required, choices: choicesOf(option.choices) };
    case 'text':
      return { type: optionType.string, required, max_length: option.max };
    case 'model':
    case 'quality':
    case 'batch':
    case 'draft':
    case 'language':
    case 'timeZone':
    case 'command':
      return { type: optionType.string, required, autocomplete: true };
    case 'prompts':
    case 'line':
    case 'ratio':
    case 'name':
    case 'numbers':
      return { type: optionType.string, required };
  }
}

const choicesOf = (values: readonly string[]) => values.map((value) => ({ name: value, value }));

/** What of a registered command we set; Discord adds ids and leaves out what is empty. */
export function comparable(command: object): unknown {
  const {
    name,
    description,
    type = 1,
    name_localizations,
    description_localizations,
    contexts: where,
    integration_types,
    options,
  } = command as Partial<DiscordCommand>;
  return {
    ...{ name, description, type, name_localizations: sorted(name_localizations) },
    description_localizations: sorted(description_localizations),
    contexts: [...(where ?? [])].sort(),
    integration_types: [...(integration_types ?? [])].sort(),
    options: (options ?? []).map((option) => comparableOption(option as unknown as Record<string, unknown>)),
  };
}

function comparableOption(option: Record<string, unknown>): unknown {
  const { name, description, type, required, autocomplete, min_value, max_value, choices } = option;
  return {
    ...{ name, description, type, min_value, max_value },
    required: required === true,
    autocomplete: autocomplete === true,
    name_localizations: sorted(option.name_localizations),
    description_localizations: sorted(option.description_localizations),
    choices: ((choices as { name: string; value: string }[] | undefined) ?? []).map((choice) => [
      choice.name,
      choice.value,
    ]),
  };
}

function sorted(localizations: unknown): [string, unknown][] {
  return Object.entries(localizations ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
}
