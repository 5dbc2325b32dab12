import { directOf } from '#bots/discord/place-call.ts';
import type { Places } from '#bots/discord/places.ts';
import { repeatOnce } from '#bots/discord/repeat-once.ts';
import { privateWorkspaceOf } from '#bots/discord/standing.ts';
import type { ChatPlatform, CommandCall } from '#core/ports/chat.ts';
import type { MessageRef } from '#core/ports/delivery.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';

const repeatWithinMs = 10_000;

/**
 * Shows an answer in the direct messages of the one who asked; resolves to where its first message is.
 * @throws {DeliveryError} when the person takes no messages from the bot.
 */
export async function sendDirectly(
  deps: { places: Places; platform: Pick<ChatPlatform, 'split' | 'send'> },
  call: Pick<CommandCall, 'account'>,
  message: OutgoingMessage,
  key: string,
): Promise<MessageRef> {
  const { conversation, channel } = await directOf(deps.places, call.account.platformId);
  const refs: MessageRef[] = [];
  for (const [index, part] of deps.platform.split(message, channel.limits).entries()) {
    const attempt = {
      key: index === 0 ? key : `${key}-${index}`,
      repeat: false,
      workspace: privateWorkspaceOf(call.account.platformId),
      limits: channel.limits,
      pause: () => undefined,
      saveHandle: async () => undefined,
    };
    refs.push(await repeatOnce(repeatWithinMs, () => deps.platform.send(conversation, part, attempt)));
  }
  const [first] = refs;
  if (!first) throw new Error('a message without parts');
  return first;
}
