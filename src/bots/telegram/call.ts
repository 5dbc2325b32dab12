import { toConversation } from '#bots/telegram/conversation.ts';
import type { Heard } from '#bots/telegram/inbound.ts';
import { limits } from '#bots/telegram/limits.ts';
import type { CommandCall, Role } from '#core/ports/chat.ts';

/** The core's call for what was heard. A group, or a private chat, is the workspace and its one channel. */
export function toCall(heard: Heard, standing: Role, requestId: string): CommandCall {
  const { chat, account, topicId } = heard;
  const place = { platformId: String(chat.id), name: chat.name };
  return {
    platform: 'telegram',
    workspace: place,
    channel: { ...place, limits, ...(chat.isPrivate ? { direct: true } : {}) },
    account: {
      ...{ platformId: String(account.id), name: account.name, standing },
      ...(account.username === undefined ? {} : { username: account.username }),
    },
    ...(heard.locale === undefined ? {} : { locale: heard.locale }),
    deliveryKey: heard.deliveryKey,
    requestId,
    conversation: toConversation({ chatId: chat.id, ...(topicId === undefined ? {} : { topicId }) }),
    text: heard.text,
    ...(heard.bare ? { bare: true } : {}),
    ...(chat.isPrivate ? {} : { answersElsewhere: true }),
    ...(heard.repliesTo ? { repliesTo: heard.repliesTo } : {}),
    ...(heard.overheard ? { overheard: true } : {}),
    ...(heard.mentions ? { mentions: heard.mentions } : {}),
    files: heard.files,
  };
}
