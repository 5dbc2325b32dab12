import { type Command, type CommandOption, optionTypes } from '#tests/servers/discord-commands.ts';
import type { Context } from '#tests/servers/discord-context.ts';
import { interactionMember } from '#tests/servers/discord-payloads.ts';
import { type Attachment, type Channel, guildOf, type Json } from '#tests/servers/discord-world.ts';

/** A file as a person chooses it. */
export interface ChosenFile {
  name: string;
  type: string;
  bytes: Uint8Array;
}

export type OptionValue = string | number | boolean;

export interface TypedCommand {
  /** `imagine`, or `settings set` for a subcommand. */
  name: string;
  channel: Channel;
  values: Readonly<Record<string, OptionValue>>;
  /** By option. */
  files: Readonly<Record<string, ChosenFile>>;
  /** Autocomplete: the option being typed; nothing is required yet. */
  focused?: string;
}

export class NotRegisteredError extends Error {}

/**
 * The `data` of a command as a client sends it.
 * @throws {NotRegisteredError} what the client would not have let the person type.
 */
export function createCommandData(context: Context, commands: readonly Command[], typed: TypedCommand): Json {
  const [name = '', ...path] = typed.name.split(' ');
  const command = commands.find((one) => one.type === 1 && one.name === name);
  if (!command) throw new NotRegisteredError(`/${name} is not registered`);
  const attachments: Record<string, Json> = {};
  const resolved: Json = {};
  const groups: { name: string; type: number }[] = [];
  let declared = command.options;
  for (const part of path) {
    const group = declared.find((option) => option.name === part && option.type <= optionTypes.group);
    if (!group) throw new NotRegisteredError(`/${typed.name} is not registered`);
    groups.push({ name: part, type: group.type });
    declared = group.options ?? [];
  }
  if (declared.some(({ type }) => type <= optionTypes.group)) {
    throw new NotRegisteredError(`/${typed.name} needs a subcommand`);
  }
  const known = new Set(declared.map((option) => option.name));
  const unknown = [...Object.keys(typed.values), ...Object.keys(typed.files)].find((key) => !known.has(key));
  if (unknown) throw new NotRegisteredError(`/${typed.name} has no option ${unknown}`);
  const options = declared.flatMap((option): Json[] => {
    const file = typed.files[option.name];
    const value = file ? uploadFile(context, typed.channel, option, file, attachments) : typed.values[option.name];
    const isFocused = typed.focused === option.name;
    if (value === undefined && !isFocused) {
      if (option.required && typed.focused === undefined) {
        throw new NotRegisteredError(`/${typed.name} requires ${option.name}`);
      }
      return [];
    }
    if (isFocused) return [{ name: option.name, type: option.type, value: value ?? '', focused: true }];
    checkValue(option, value as OptionValue);
    resolve(context, typed.channel, option, String(value), resolved);
    return [{ name: option.name, type: option.type, value }];
  });
  if (typed.focused !== undefined && !declared.find(({ name }) => name === typed.focused)?.autocomplete) {
    throw new NotRegisteredError(`/${typed.name} completes no option ${typed.focused}`);
  }
  if (Object.keys(attachments).length > 0) resolved.attachments = attachments;
  return {
    id: command.id,
    name,
    type: 1,
    options: groups.reduceRight<Json[]>((inner, group) => [{ ...group, options: inner }], options),
    ...(Object.keys(resolved).length > 0 ? { resolved } : {}),
  };
}

function checkValue(option: CommandOption, value: OptionValue): void {
  const { type, name, min_value, max_value, min_length, max_length, choices } = option;
  const isNumeric = type === optionTypes.integer || type === optionTypes.number;
  const expected = isNumeric ? 'number' : type === optionTypes.boolean ? 'boolean' : 'string';
  const refuse = (why: string) => {
    throw new NotRegisteredError(`${name}: ${JSON.stringify(value)} ${why}`);
  };
  if (typeof value !== expected) refuse(`is not a ${expected}`);
  if (type === optionTypes.integer && !Number.isInteger(value)) refuse('is not an integer');
  if (typeof value === 'number' && value < (min_value ?? Number.NEGATIVE_INFINITY)) refuse(`is below ${min_value}`);
  if (typeof value === 'number' && value > (max_value ?? Number.POSITIVE_INFINITY)) refuse(`is above ${max_value}`);
  // Clients take at most 6,000 characters.
  const isText = type === optionTypes.string && typeof value === 'string';
  if (isText && value.length < (min_length ?? 0)) refuse(`is shorter than ${min_length}`);
  if (isText && value.length > (max_length ?? 6000)) refuse(`is longer than ${max_length ?? 6000}`);
  if (choices && choices.length > 0 && !choices.some((choice) => choice.value === value)) refuse('is no choice');
}

function resolve(context: Context, channel: Channel, { type }: CommandOption, id: string, resolved: Json): void {
  const { world, payloads } = context;
  const guild = guildOf(world, channel);
  const put = (kind: string, value: Json) => {
    resolved[kind] = { ...(resolved[kind] as Json | undefined), [id]: value };
  };
  const user = world.users.get(id);
  if ((type === optionTypes.user || type === optionTypes.mentionable) && user) {
    put('users', payloads.user(user));
    if (guild?.members.has(id)) {
      const { user: _, ...member } = interactionMember(world, payloads, guild, channel, id);
      put('members', member);
    }
  }
  if ((type === optionTypes.role || type === optionTypes.mentionable) && guild?.roles.has(id)) {
    put('roles', payloads.role(guild, id));
  }
  const named = world.channels.get(id);
  if (type === optionTypes.channel && named) put('channels', payloads.channel(named));
}

function uploadFile(
  context: Context,
  channel: Channel,
  { type, name }: CommandOption,
  file: ChosenFile,
  attachments: Record<string, Json>,
): string {
  if (type !== optionTypes.attachment) throw new NotRegisteredError(`${name} takes no file`);
  const attachment = addUpload(context, channel, file, true);
  attachments[attachment.id] = context.payloads.attachment(attachment, channel.id);
  return attachment.id;
}

/** Puts a person's file on the CDN. */
export function addUpload({ world }: Context, channel: Channel, file: ChosenFile, isPrivate: boolean): Attachment {
  const attachment: Attachment = { id: world.newId(), ...file, spoiler: false, private: isPrivate };
  world.attachments.set(attachment.id, { attachment, channelId: channel.id });
  return attachment;
}
