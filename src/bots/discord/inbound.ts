import { z } from 'zod';
import { commandText, completionText } from '#bots/discord/command-text.ts';
import { type DiscordNames, spellMentions } from '#bots/discord/mentions.ts';
import { filledIn } from '#bots/discord/modal.ts';
import {
  type AnsweredPayload,
  type Attachment,
  type InteractionPayload,
  interactionPayload,
  messagePayload,
  type User,
} from '#bots/discord/payloads.ts';
import { interactionType, isThread, optionType, permission } from '#bots/discord/protocol.ts';
import { commands } from '#core/commands/index.ts';
import { typedLine } from '#core/commands/typed-line.ts';
import type { FileRef, Mention, RepliedTo } from '#core/ports/chat.ts';

/** Who spoke. */
export interface DiscordPerson {
  id: string;
  name: string;
}

/** Where it was said, as far as the payload tells. */
export interface DiscordPlace {
  /** Undefined in direct messages, and where the app is installed for the person alone. */
  guild?: { id: string; permissions?: bigint; roles: string[] };
  channel: { id: string; name?: string; parentId?: string; ageRestricted?: boolean };
  /** False where the bot may not show pictures, or is not at all. */
  canPost: boolean;
  /** Largest file that fits there, in bytes, where the payload says it. */
  fileBytesMax?: number;
}

/** What was said to the bot, whichever way it came in. */
export interface DiscordSaid {
  deliveryKey: string;
  person: DiscordPerson;
  place: DiscordPlace;
  locale?: string;
  text: string;
  bare?: true;
  /** A plain message of a guild: it has no answer for one person alone. */
  answersElsewhere?: true;
  /** Below a message of ours, without our name. */
  overheard?: true;
  repliesTo?: RepliedTo;
  files: FileRef[];
  mentions?: Mention[];
}

export type DiscordInteraction =
  | { kind: 'ping' }
  | { kind: 'other'; type: number }
  | {
      kind: 'command' | 'button' | 'form';
      id: string;
      applicationId: string;
      token: string;
      /** The declared command that is asked for. */
      command: string;
      said: DiscordSaid;
    }
  | { kind: 'completion'; id: string; token: string; said: DiscordSaid };

/** A plain message and a reply; the others tell of calls, pins and newcomers. */
const typedTypes = [0, 19];

/** @throws {z.ZodError} when it is no interaction of Discord's. */
export function readInteraction(raw: unknown): DiscordInteraction {
  const { type } = z.object({ type: z.number() }).parse(raw);
  if (type === interactionType.ping) return { kind: 'ping' };
  const payload = interactionPayload.parse(raw);
  const { id, application_id: applicationId, token, data } = payload;
  if (type === interactionType.component) {
    const text = data?.values?.[0] ?? data?.custom_id ?? '';
    const command = text.split(' ')[0] ?? '';
    return { kind: 'button', id, applicationId, token, command, said: { ...saidIn(payload), text, files: [] } };
  }
  if (type === interactionType.modal) {
    const line = data?.custom_id ?? '';
    const text = typedLine({ command: line, value: filledIn(data?.components) });
    const command = line.split(' ')[0] ?? '';
    return { kind: 'form', id, applicationId, token, command, said: { ...saidIn(payload), text, files: [] } };
  }
  if (type !== interactionType.command && type !== interactionType.autocomplete) return { kind: 'other', type };
  const name = data?.name ?? '';
  const declared = commands.find((command) => command.name === name);
  const options = (data?.options ?? []).flatMap(({ value, ...rest }) =>
    value === undefined ? [] : [{ ...rest, value }],
  );
  if (type === interactionType.autocomplete) {
    const focused = options.find((one) => one.focused) ?? { name: '', value: '' };
    const text = completionText(name, focused, declared);
    return { kind: 'completion', id, token, said: { ...saidIn(payload), text, files: [] } };
  }
  const names = namesIn(data?.resolved);
  const spelled = options
    .filter((one) => one.type !== optionType.attachment)
    .map(({ value, ...rest }) =>
      typeof value === 'string' ? { ...rest, ...spelledValue(value, names) } : { ...rest, value, mentions: [] },
    );
  const attached = data?.resolved?.attachments ?? {};
  const files = options
    .filter((one) => one.type === optionType.attachment)
    .flatMap(({ value }) => {
      const file = attached[String(value)];
      return file ? [fileOf(file)] : [];
    });
  const mentions = spelled.flatMap((one) => one.mentions);
  const said = {
    ...saidIn(payload),
    text: commandText(name, spelled, declared),
    files,
    ...(mentions.length > 0 ? { mentions } : {}),
  };
  return { kind: 'command', id, applicationId, token, command: name, said };
}

function saidIn(payload: InteractionPayload): Omit<DiscordSaid, 'text' | 'files'> {
  const { member, channel } = payload;
  const person = member?.user ?? payload.user;
  const channelId = channel?.id ?? payload.channel_id;
  if (!person || !channelId) throw new z.ZodError([]);
  const parentId = channel && isThread(channel.type) ? channel.parent_id : undefined;
  const guildId = payload.guild_id ?? undefined;
  return {
    deliveryKey: `interaction:${payload.id}`,
    person: { id: person.id, name: member?.nick ?? person.global_name ?? person.username },
    place: {
      ...(guildId !== undefined && isInstalledInGuild(payload) && member
        ? { guild: { id: guildId, permissions: BigInt(member.permissions), roles: member.roles } }
        : {}),
      channel: {
        id: channelId,
        ...(channel?.name ? { name: channel.name } : {}),
        // A thread is as restricted as its channel, which is another.
        ...(parentId ? { parentId } : typeof channel?.nsfw === 'boolean' ? { ageRestricted: channel.nsfw } : {}),
      },
      canPost: canPost(payload, parentId !== undefined && parentId !== null),
      ...(payload.attachment_size_limit ? { fileBytesMax: payload.attachment_size_limit } : {}),
    },
    ...(payload.locale ? { locale: payload.locale } : {}),
  };
}

/** Key 0 is the guild that installed the app; without it the person brought the app along. */
function isInstalledInGuild({ guild_id, authorizing_integration_owners: owners }: InteractionPayload): boolean {
  return owners ? owners['0'] === guild_id : true;
}

const botDm = 1;

function canPost(payload: InteractionPayload, inThread: boolean): boolean {
  if (!payload.guild_id) return payload.context === undefined || payload.context === null || payload.context === botDm;
  if (!isInstalledInGuild(payload)) return false;
  const send = inThread ? permission.sendMessagesInThreads : permission.sendMessages;
  const needed = permission.viewChannel | send | permission.attachFiles;
  const granted = BigInt(payload.app_permissions ?? 0);
  return (granted & permission.administrator) !== 0n || (granted & needed) === needed;
}

/**
 * A message that is for the bot: a direct one, or one that mentions it. Undefined for all others, for its own and for
 * other bots'. A reply to the bot that does not name it is overheard.
 */
export function readMessage(raw: unknown, botId: string): (DiscordSaid & { messageId: string }) | undefined {
  const payload = messagePayload.parse(raw);
  const { id, author, guild_id: guildId, content } = payload;
  if (author.bot || payload.webhook_id || !typedTypes.includes(payload.type)) return undefined;
  const named = guildId ? withoutMention(content, botId) : (withoutMention(content, botId) ?? content.trim());
  const answered = payload.referenced_message ?? undefined;
  const overheard = named === undefined && answered?.author.id === botId && content.trim() !== '';
  const words = named ?? (overheard ? content.trim() : undefined);
  if (words === undefined) return undefined;
  const files = (payload.attachments ?? []).map(fileOf);
  const silence = files.length === 0 ? '/help' : '/imagine';
  const spelled = spellMentions(words, namesIn({ users: byId(payload.mentions ?? []) }));
  const text = words === '' ? silence : spelled.text;
  return {
    messageId: id,
    deliveryKey: `message:${id}`,
    person: { id: author.id, name: payload.member?.nick ?? author.global_name ?? author.username },
    place: {
      ...(guildId ? { guild: { id: guildId, roles: payload.member?.roles ?? [] } } : {}),
      channel: { id: payload.channel_id },
      canPost: true,
    },
    text,
    ...(text.startsWith('/') ? {} : { bare: true as const }),
    ...(guildId ? { answersElsewhere: true as const } : {}),
    ...(overheard ? { overheard: true as const } : {}),
    ...(answered ? { repliesTo: repliedTo(answered, botId) } : {}),
    files,
    ...(spelled.mentions.length > 0 ? { mentions: spelled.mentions } : {}),
  };
}

/** Of our own messages, which may show several pictures, one alone is meant. */
function repliedTo({ id, channel_id, author, attachments }: AnsweredPayload, botId: string): RepliedTo {
  const shown = (attachments ?? []).filter(({ content_type }) => content_type?.startsWith('image/')).map(fileOf);
  const pictures = author.id === botId && shown.length > 1 ? [] : shown;
  return { channel: channel_id, message: id, ...(pictures.length > 0 ? { pictures } : {}) };
}

/** The text without the mention of the bot and the gap that it leaves; undefined when it mentions somebody else only. */
function withoutMention(content: string, botId: string): string | undefined {
  const mention = new RegExp(`<@!?${botId}>`);
  if (!mention.test(content)) return undefined;
  return content
    .split(mention)
    .map((piece, index, all) => (index < all.length - 1 ? piece.replace(/[^\S\n]$/, '') : piece))
    .join('')
    .trim();
}

function spelledValue(typed: string, names: DiscordNames) {
  const { text: value, mentions } = spellMentions(typed, names);
  return { value, mentions };
}

type Resolved = NonNullable<NonNullable<InteractionPayload['data']>['resolved']>;

function namesIn({ users = {}, members = {}, roles = {}, channels = {} }: Resolved = {}): DiscordNames {
  const named = (found: Record<string, { name?: string | null | undefined }>) =>
    new Map(Object.entries(found).flatMap(([id, { name }]) => (name ? [[id, name] as const] : [])));
  const people = Object.entries(users).map(
    ([id, user]) => [id, members[id]?.nick ?? user.global_name ?? user.username] as const,
  );
  return { people: new Map(people), roles: named(roles), channels: named(channels) };
}

const byId = (users: readonly User[]) => Object.fromEntries(users.map((user) => [user.id, user]));

/** Discord keeps the name as it was in the title, where it had to change it. */
function fileOf({ filename, title, size, url, content_type }: Attachment): FileRef {
  const extension = /\.\w+$/.exec(filename)?.[0] ?? '';
  const name = title ? (title.endsWith(extension) ? title : `${title}${extension}`) : filename;
  return { name, type: content_type ?? '', bytes: size, locator: url };
}
