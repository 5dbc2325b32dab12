import type { Api } from '#bots/telegram/api.ts';
import { toConversation } from '#bots/telegram/conversation.ts';
import { toDeliveryError } from '#bots/telegram/delivery-error.ts';
import { limits } from '#bots/telegram/limits.ts';
import type { Channel } from '#core/ports/chat.ts';
import { type Conversation, DeliveryError } from '#core/ports/delivery.ts';

/**
 * A person's private chat with the bot, which has the person's own id.
 * @throws {DeliveryError} `forbidden` when the person never started the bot or blocked it.
 */
export async function findPrivateChat(
  deps: { api: () => Promise<Api> },
  account: string,
): Promise<{ conversation: Conversation; channel: Channel }> {
  const chatId = Number(account);
  if (!Number.isSafeInteger(chatId) || chatId <= 0) {
    throw new DeliveryError('forbidden', 'who writes as a group or channel has no private chat', { retryable: false });
  }
  const api = await deps.api();
  // The lightest call that Telegram refuses where no message would be taken.
  await api.sendChatAction(chatId, 'typing').catch((error: unknown) => {
    throw toDeliveryError(error);
  });
  return {
    conversation: toConversation({ chatId }),
    channel: { platformId: account, name: account, limits, direct: true },
  };
}
