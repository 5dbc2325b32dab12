import type { Api } from '#bots/discord/api.ts';
import { messageRefOf } from '#bots/discord/conversation.ts';
import { DeliveryError, type MessageRef } from '#core/ports/delivery.ts';

/** A try that is repeated was made a moment ago. */
const lookedAt = 50;

/**
 * Looks through the channel's newest messages for the one of an earlier try, known by a component's id. Undefined also
 * where the bot may not read, or the channel is gone.
 * @throws {DeliveryError} when it could not be looked up now.
 */
export async function findEarlier(api: Api, channelId: string, componentId: number): Promise<MessageRef | undefined> {
  try {
    const messages = await api.call<
      { id: string; channel_id: string; author: { bot?: boolean }; components?: { id?: number }[] }[]
    >({ method: 'GET', path: `/channels/${channelId}/messages`, query: { limit: String(lookedAt) } });
    const found = messages.find(
      ({ author, components }) => author.bot && components?.some(({ id }) => id === componentId),
    );
    return found && messageRefOf(found);
  } catch (error) {
    if (error instanceof DeliveryError && !error.retryable) return undefined;
    throw error;
  }
}
