import { setTimeout as sleep } from 'node:timers/promises';
import { toConversation } from '#bots/telegram/conversation.ts';
import { toPlain } from '#bots/telegram/format.ts';
import type { Heard, Me } from '#bots/telegram/inbound.ts';
import { alertMax, budgetsOf, limits } from '#bots/telegram/limits.ts';
import { layOutText } from '#bots/telegram/outbound.ts';
import type { Press } from '#bots/telegram/press.ts';
import { type SendDeps, sendPart } from '#bots/telegram/send-part.ts';
import { splitMessage } from '#bots/telegram/split.ts';
import type { ChatCore, Reply } from '#core/ports/chat.ts';
import { type Conversation, closedReasons, DeliveryError, type MessageRef } from '#core/ports/delivery.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';

export interface ReplyDeps extends SendDeps {
  core: Pick<ChatCore, 'onSent' | 'paced'>;
}

export interface Answered {
  heard: Heard;
  me: Me;
  reply: Reply;
  /** The button that was pressed. */
  press?: Press;
}

/** Longest that an answer is held back before its one repeat. */
const repeatWaitMaxMs = 30_000;
const repeatWaitMs = 1000;

/**
 * Shows the answer to a command: below it in a group, and what is for the person alone in their private chat. A message
 * that is owed is tried once; the outbox goes on.
 */
export async function showReply(deps: ReplyDeps, answered: Answered): Promise<void> {
  const { heard, reply, press } = answered;
  if (reply.kind !== 'message') {
    await press?.finish();
    return;
  }
  const { message, postingId } = reply;
  if (message.audience === 'private' && !heard.chat.isPrivate) return showPrivately(deps, answered, message);
  const finished = press?.finish();
  try {
    if (postingId === undefined) await postAnswer(deps, heard, message);
    else await deps.core.onSent(postingId, await postCard(deps, heard, message));
  } finally {
    await finished;
  }
}

async function postAnswer(deps: ReplyDeps, heard: Heard, message: OutgoingMessage): Promise<void> {
  try {
    await postAll(deps, placeOf(heard), message);
  } catch (error) {
    // Whoever asked in a group where we may not write still gets the answer.
    if (!isShut(error) || heard.chat.isPrivate || heard.account.id < 0) throw error;
    await postAll(deps, privateChat(heard), message);
  }
}

/** A short answer to a pressed button is shown over the chat; all else goes to the person's private chat. */
async function showPrivately(deps: ReplyDeps, answered: Answered, message: OutgoingMessage): Promise<void> {
  const { heard, press } = answered;
  const isBare = message.actions.length === 0 && message.images.length === 0 && !message.form;
  const text = toPlain(layOutText(deps.i18n, message));
  if (press && isBare && text.length <= alertMax && (await press.finish({ text, show_alert: true }))) return;
  try {
    if (heard.account.id < 0) await inviteToPrivateChat(deps, answered, message);
    else await postAll(deps, privateChat(heard), message);
  } catch (error) {
    if (!isShut(error)) throw error;
    await inviteToPrivateChat(deps, answered, message);
    return;
  }
  await press?.finish({ text: deps.i18n.say({ key: 'telegram.answeredPrivately' }, message), show_alert: false });
}

/** A bot may not write first: the person has to open the private chat. */
async function inviteToPrivateChat(deps: ReplyDeps, { heard, me, press }: Answered, reader: OutgoingMessage) {
  const url = `https://t.me/${me.username}?start=hello`;
  if (await press?.finish({ url })) return;
  const api = await deps.api();
  await paced(deps, heard.chat.id, 1, () =>
    api.sendMessage(heard.chat.id, deps.i18n.say({ key: 'telegram.startFirst' }, reader), {
      ...(heard.topicId === undefined ? {} : { message_thread_id: heard.topicId }),
      reply_parameters: { message_id: heard.messageId, allow_sending_without_reply: true },
      reply_markup: { inline_keyboard: [[{ text: deps.i18n.say({ key: 'telegram.openChat' }, reader), url }]] },
    }),
  );
}

/** Where an answer goes: below what was said in a group, and in the same topic. */
interface Answering {
  conversation: Conversation;
  replyTo?: number;
}

function placeOf({ chat, topicId, messageId }: Heard): Answering {
  const conversation = toConversation({ chatId: chat.id, ...(topicId === undefined ? {} : { topicId }) });
  return chat.isPrivate ? { conversation } : { conversation, replyTo: messageId };
}

function privateChat({ account }: Heard): Answering {
  return { conversation: toConversation({ chatId: account.id }) };
}

function isShut(error: unknown): boolean {
  return error instanceof DeliveryError && closedReasons.has(error.reason);
}

/** Its place in the chat's rates was taken by the core. */
async function postCard(deps: ReplyDeps, heard: Heard, message: OutgoingMessage): Promise<MessageRef> {
  const { conversation, ...place } = placeOf(heard);
  const [card = message] = splitMessage(deps.i18n, message, limits);
  return sendPart(deps, conversation, card, { ...place, limits });
}

async function postAll(deps: ReplyDeps, { conversation, ...place }: Answering, message: OutgoingMessage) {
  for (const part of splitMessage(deps.i18n, message, limits)) {
    const send = () =>
      paced(deps, conversation.channel, Math.max(1, part.images.length), () =>
        sendPart(deps, conversation, part, { ...place, limits }),
      );
    await send().catch(async (error: unknown) => {
      const waitMs = (error instanceof DeliveryError && error.retryAfterMs) || repeatWaitMs;
      if (!(error instanceof DeliveryError) || !error.retryable || waitMs > repeatWaitMaxMs) throw error;
      await sleep(waitMs);
      return send();
    });
  }
}

/** What the core does not send counts in the same rates. */
function paced<T>({ core }: ReplyDeps, chatId: number | string, messages: number, call: () => Promise<T>): Promise<T> {
  return core.paced('telegram', budgetsOf(chatId, messages, 'final'), call);
}
