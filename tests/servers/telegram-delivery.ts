import type { Api } from '#tests/servers/telegram-access.ts';
import { findAutolinks, textOf } from '#tests/servers/telegram-autolinks.ts';
import { toMessage } from '#tests/servers/telegram-wire.ts';
import { type Chat, isAdmin, isIn, type Message } from '#tests/servers/telegram-world.ts';

type Deps = Pick<Api, 'world' | 'updates' | 'privacyMode'>;

/**
 * Whether a bot gets a message (core.telegram.org/bots/features#privacy-mode): in groups only commands for it, replies
 * to it and mentions of it, unless it is an administrator or privacy mode is off.
 */
export function isForBot({ world, privacyMode }: Omit<Deps, 'updates'>, chat: Chat, message: Message): boolean {
  if (chat.type === 'private') return !world.users.get(chat.id)?.blocked;
  if (!isIn(chat, world.bot.id)) return false;
  if (chat.type === 'channel' || !privacyMode || isAdmin(chat, world.bot.id) || message.service) return true;
  if (message.replyTo !== undefined && chat.messages.get(message.replyTo)?.from?.id === world.bot.id) return true;
  const own = `@${world.bot.username}`.toLowerCase();
  return findAutolinks(message.content).some((entity) => {
    const text = textOf(message.content, entity).toLowerCase();
    if (entity.type === 'mention') return text === own;
    return entity.type === 'bot_command' && entity.offset === 0 && (!text.includes('@') || text.endsWith(own));
  });
}

export type MessageUpdate = 'message' | 'edited_message' | 'channel_post' | 'edited_channel_post';

/** Queues a message for the bot, if it is one of those it gets. */
export function tellBot(deps: Deps, chat: Chat, message: Message, type: MessageUpdate): void {
  if (isForBot(deps, chat, message)) deps.updates.push(type, toMessage(deps.world, chat, message), `chat:${chat.id}`);
}
