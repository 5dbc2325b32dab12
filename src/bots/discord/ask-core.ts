import { randomUUID } from 'node:crypto';
import type { DiscordDeps } from '#bots/discord/deps.ts';
import type { DiscordSaid } from '#bots/discord/inbound.ts';
import { placeCall } from '#bots/discord/place-call.ts';
import { bugMessage, privateMessage } from '#bots/private-message.ts';
import type { ChatCore, CommandCall, Mention } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';

/** What the core says to somebody; without a message there is nothing to show. */
export interface CoreAnswer {
  /** Undefined where even that could not be found out. */
  call?: CommandCall;
  message?: OutgoingMessage;
  postingId?: string;
}

/** Hands what was said to the core. Never rejects: what is wrong with us is told with a reference. */
export async function askCore(deps: DiscordDeps, core: ChatCore, said: DiscordSaid): Promise<CoreAnswer> {
  const requestId = randomUUID();
  const { deliveryKey, text, bare, answersElsewhere, overheard, repliesTo, files, mentions } = said;
  try {
    const placed = await placeCall(deps.places, said);
    const call: CommandCall = {
      ...{ ...placed, deliveryKey, requestId, text, files },
      ...(bare ? { bare } : {}),
      ...(answersElsewhere ? { answersElsewhere } : {}),
      ...(overheard ? { overheard } : {}),
      ...(repliesTo ? { repliesTo } : {}),
      ...(mentions ? { mentions: await nameRoles(deps, said, mentions) } : {}),
    };
    const reply = await core.onCall(call);
    if (reply.kind !== 'message') return { call };
    return { call, message: reply.message, ...(reply.postingId === undefined ? {} : { postingId: reply.postingId }) };
  } catch (error) {
    deps.log.error({ err: error, requestId }, 'a command failed before it reached the core');
    return { message: bugMessage(deps.i18n, said.locale, requestId) };
  }
}

/** A message tells the ids of its roles alone. */
async function nameRoles(
  { places }: DiscordDeps,
  { place }: DiscordSaid,
  mentions: readonly Mention[],
): Promise<Mention[]> {
  const isNamed = mentions.every(({ kind, platformId, name }) => kind !== 'role' || name !== platformId);
  if (isNamed || !place.guild) return [...mentions];
  const facts = await places.guild(place.guild.id, { aged: true });
  return mentions.map((one) => {
    const name = one.kind === 'role' && one.platformId ? facts?.roleNames.get(one.platformId) : undefined;
    return name === undefined ? one : { ...one, name };
  });
}

/** Tells a person that the pictures come as direct messages. */
export function directNotice(reader: OutgoingMessage): OutgoingMessage {
  return privateMessage(reader, { key: 'delivery.direct' }, 'info');
}
