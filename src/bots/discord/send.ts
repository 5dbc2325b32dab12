import { messageRefOf, targetOf } from '#bots/discord/conversation.ts';
import type { DiscordDeps } from '#bots/discord/deps.ts';
import { findEarlier } from '#bots/discord/find-earlier.ts';
import type { KnownAttachments } from '#bots/discord/known-attachments.ts';
import { markerOf } from '#bots/discord/message-marker.ts';
import { type MessageOrder, postMessage } from '#bots/discord/post-message.ts';
import type { Threads } from '#bots/discord/threads.ts';
import {
  type Conversation,
  closedReasons,
  DeliveryError,
  type MessageRef,
  type SendAttempt,
} from '#core/ports/delivery.ts';
import type { OutgoingPart } from '#core/ports/message.ts';

type SendDeps = DiscordDeps & { threads: Threads; attachments: KnownAttachments };

/**
 * Posts a part once: a repeat finds what an earlier try posted. Below its card it goes into the card's thread, else it
 * answers the card.
 * @throws {DeliveryError}
 */
export async function sendPart(
  deps: SendDeps,
  to: Conversation,
  part: OutgoingPart,
  attempt: SendAttempt,
): Promise<MessageRef> {
  const marker = markerOf(attempt.key);
  const target = targetOf(to);
  const { under } = attempt;
  const card = under?.card.channel === target ? under.card : undefined;
  const wantsThread = card !== undefined && under?.thread === true && to.thread === undefined;
  if (attempt.repeat) {
    const places = wantsThread ? [card.message, target] : [target];
    for (const place of places) {
      const earlier = await findEarlier(deps.api, place, marker.componentId);
      if (earlier) return earlier;
    }
  }
  const order: MessageOrder = { channelId: target, part, marker, replyTo: card?.message, attempt };
  const thread = wantsThread ? await deps.threads.below(card, threadName(deps, part)) : undefined;
  if (card && thread !== undefined) {
    try {
      return messageRefOf(await postMessage(deps, { ...order, channelId: thread, replyTo: undefined }));
    } catch (error) {
      if (!(error instanceof DeliveryError) || !closedReasons.has(error.reason)) throw error;
      deps.threads.giveUp(card);
    }
  }
  return messageRefOf(await postMessage(deps, order));
}

function threadName({ i18n }: DiscordDeps, part: OutgoingPart): string {
  const words = part.title ? i18n.say(part.title, part) : '';
  return words.replace(/\s+/g, ' ').trim() || 'Easel';
}
