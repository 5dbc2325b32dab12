import type { AnswerDeps } from '#bots/discord/answer-interaction.ts';
import { askCore, type CoreAnswer } from '#bots/discord/ask-core.ts';
import { messageRefOf, targetOf } from '#bots/discord/conversation.ts';
import type { DiscordSaid } from '#bots/discord/inbound.ts';
import type { KnownAttachments } from '#bots/discord/known-attachments.ts';
import { limits as defaults } from '#bots/discord/limits.ts';
import { markerOf } from '#bots/discord/message-marker.ts';
import { postMessage } from '#bots/discord/post-message.ts';
import { repeatOnce } from '#bots/discord/repeat-once.ts';
import { sendDirectly } from '#bots/discord/send-directly.ts';
import { settledWithin } from '#bots/settled-within.ts';
import type { ChatCore, CommandCall } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';

const repeatWithinMs = 10_000;

type MessageDeps = AnswerDeps & { attachments: KnownAttachments };

/** Answers a mention or a direct message with a reply to it; what is for the writer alone comes as a direct message. */
export async function answerMessage(
  deps: MessageDeps,
  core: ChatCore,
  said: DiscordSaid & { messageId: string },
): Promise<void> {
  const log = deps.log.child({ discordMessage: said.messageId });
  const asked = askCore(deps, core, said);
  if (!(await settledWithin(asked, deps.deferAfterMs))) await showTyping(deps, said);
  const answer = await asked;
  try {
    await show(deps, core, said, answer);
    if (answer.call) core.onAnswered(answer.call);
  } catch (error) {
    // A card is owed by the core: its outbox posts it.
    log.warn({ err: error }, 'an answer could not be shown');
  }
}

async function show(
  deps: MessageDeps,
  core: ChatCore,
  said: DiscordSaid & { messageId: string },
  { call, message, postingId }: CoreAnswer,
): Promise<void> {
  if (!message) return;
  const key = postingId === undefined ? `reply-${said.deliveryKey}` : `posting-${postingId}`;
  const asker: Pick<CommandCall, 'account'> = call ?? {
    account: { platformId: said.person.id, name: said.person.name, standing: 'member' },
  };
  if (message.audience === 'private' && said.place.guild) return showPrivately(deps, said, asker, message, key);
  try {
    const ref = await reply(deps, said, call, message, key, postingId === undefined);
    if (postingId !== undefined) await core.onSent(postingId, ref);
  } catch (error) {
    if (!isForbidden(error) || !said.place.guild) throw error;
    const ref = await sendDirectly(deps, asker, message, key);
    if (postingId !== undefined) await core.onSent(postingId, ref);
  }
}

/** A plain message has no private answer; where direct messages are closed, that much is said in public. */
async function showPrivately(
  deps: MessageDeps,
  said: DiscordSaid & { messageId: string },
  asker: Pick<CommandCall, 'account'>,
  message: OutgoingMessage,
  key: string,
): Promise<void> {
  try {
    await sendDirectly(deps, asker, message, key);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const { title: _title, progress: _progress, ...rest } = message;
    const closed: OutgoingMessage = {
      ...rest,
      ...{
        audience: 'channel',
        tone: 'warning',
        lines: [{ key: 'discord.noDirect' }],
        fields: [],
        images: [],
        actions: [],
      },
    };
    await reply(deps, said, undefined, closed, `${key}-closed`, false);
  }
}

/** Posts below what was said; resolves to the first message. */
async function reply(
  deps: MessageDeps,
  said: DiscordSaid & { messageId: string },
  call: CommandCall | undefined,
  message: OutgoingMessage,
  key: string,
  whole: boolean,
) {
  const limits = call?.channel.limits ?? defaults;
  const parts = deps.platform.split(message, limits);
  const channelId = call ? targetOf(call.conversation) : said.place.channel.id;
  const [first = message, ...rest] = whole ? parts : parts.slice(0, 1);
  const attempt = { limits, pause: () => undefined };
  const post = (part: OutgoingPart, partKey: string, replyTo?: string) =>
    repeatOnce(repeatWithinMs, () =>
      postMessage(deps, { channelId, part, marker: markerOf(partKey), replyTo, attempt }),
    );
  const posted = await post(first, key, said.messageId);
  for (const [index, part] of rest.entries()) await post(part, `${key}-${index + 1}`);
  return messageRefOf(posted);
}

async function showTyping({ api, log }: MessageDeps, { place }: DiscordSaid): Promise<void> {
  try {
    await api.call({ method: 'POST', path: `/channels/${place.channel.id}/typing` });
  } catch (error) {
    log.debug({ err: error }, 'typing could not be shown');
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof DeliveryError && error.reason === 'forbidden';
}
