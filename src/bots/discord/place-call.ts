import { conversationOf } from '#bots/discord/conversation.ts';
import type { DiscordSaid } from '#bots/discord/inbound.ts';
import { limits } from '#bots/discord/limits.ts';
import type { Places } from '#bots/discord/places.ts';
import { privateWorkspaceOf, standingIn } from '#bots/discord/standing.ts';
import type { Channel, CommandCall, Sender } from '#core/ports/chat.ts';
import type { ChatLimits, Conversation } from '#core/ports/delivery.ts';

/** Where a person alone reads, with its channel. @throws {DeliveryError} */
export async function directOf(
  places: Pick<Places, 'direct'>,
  personId: string,
): Promise<{ conversation: Conversation; channel: Channel }> {
  const { id, name } = await places.direct(personId);
  return { conversation: conversationOf({ id }), channel: { platformId: id, name, limits, direct: true } };
}

type Placed = Sender & Pick<CommandCall, 'conversation' | 'elsewhere'>;

/** Looks up what the payload leaves open. @throws {DeliveryError} where only direct messages are left, and fail. */
export async function placeCall(places: Places, { person, place, locale }: DiscordSaid): Promise<Placed> {
  const { guild } = place;
  const spoken = { platform: 'discord', ...(locale === undefined ? {} : { locale }) };
  if (!guild) {
    const dm: Channel = {
      platformId: place.channel.id,
      name: person.name,
      limits: limitsFor(place.fileBytesMax),
      direct: true,
    };
    const typedInDm = { conversation: conversationOf(place.channel), channel: dm };
    const { conversation, channel } = place.canPost ? typedInDm : await directOf(places, person.id);
    return {
      ...spoken,
      workspace: { platformId: privateWorkspaceOf(person.id), name: person.name },
      channel,
      conversation,
      account: { platformId: person.id, name: person.name, standing: 'owner' },
    };
  }
  const [facts, standing, typedIn] = await Promise.all([
    places.guild(guild.id, { aged: true }),
    standingIn(places, guild, person.id),
    findChannel(places, place),
  ]);
  const direct = place.canPost ? undefined : await directOf(places, person.id);
  return {
    ...spoken,
    workspace: { platformId: guild.id, name: facts?.name ?? guild.id },
    channel: {
      ...typedIn.channel,
      limits: { ...limitsFor(place.fileBytesMax, facts?.fileBytesMax), ageRestricted: typedIn.ageRestricted },
    },
    conversation: direct?.conversation ?? typedIn.conversation,
    ...(direct ? { elsewhere: direct.channel } : {}),
    account: {
      ...{ platformId: person.id, name: person.name, standing },
      ...(guild.roles.length > 0 ? { platformRoles: guild.roles } : {}),
    },
  };
}

/**
 * An interaction tells of the channel it was typed in, a message only its id; a thread's channel has the settings. What does not say
 * whether it is kept to adults is not.
 */
async function findChannel(places: Places, { channel }: DiscordSaid['place']) {
  const isTold = channel.name !== undefined && (channel.parentId !== undefined || channel.ageRestricted !== undefined);
  const known = isTold ? undefined : await places.channel(channel.id);
  const parentId = channel.parentId ?? known?.parentId;
  const parent = parentId === undefined ? undefined : await places.channel(parentId);
  const name = (parentId === undefined ? (channel.name ?? known?.name) : parent?.name) ?? channel.id;
  const ageRestricted =
    parentId === undefined ? (channel.ageRestricted ?? known?.ageRestricted) : parent?.ageRestricted;
  return {
    ageRestricted: ageRestricted ?? false,
    conversation: conversationOf({ id: channel.id, parentId }),
    channel: { platformId: parentId ?? channel.id, name },
  };
}

/** The bot posts by what the guild has; an interaction tells what the person has, which may be more. */
function limitsFor(...known: (number | undefined)[]): ChatLimits {
  const told = known.filter((bytes) => bytes !== undefined);
  return { ...limits, fileBytesMax: told.length > 0 ? Math.min(...told) : limits.fileBytesMax };
}
