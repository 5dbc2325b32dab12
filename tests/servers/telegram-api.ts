import type { Api } from '#tests/servers/telegram-access.ts';
import type { Call } from '#tests/servers/telegram-arguments.ts';
import {
  answerCallbackQuery,
  getChat,
  getChatAdministrators,
  getChatMember,
  getFile,
  getMe,
  sendChatAction,
} from '#tests/servers/telegram-chats.ts';
import { deleteMyCommands, getMyCommands, setMyCommands } from '#tests/servers/telegram-commands.ts';
import {
  deleteMessage,
  editMessageCaption,
  editMessageMedia,
  editMessageReplyMarkup,
  editMessageText,
  setMessageReaction,
} from '#tests/servers/telegram-edit.ts';
import {
  copyMessage,
  forwardMessage,
  sendDocument,
  sendMediaGroup,
  sendMessage,
  sendPhoto,
} from '#tests/servers/telegram-send.ts';
import { deleteWebhook, getUpdates, getWebhookInfo, setWebhook } from '#tests/servers/telegram-webhooks.ts';

type Method = (api: Api, call: Call & { signal: AbortSignal }) => unknown;

const methods: Record<string, Method> = {
  getMe,
  getUpdates,
  setWebhook,
  deleteWebhook,
  getWebhookInfo,
  sendMessage,
  sendPhoto,
  sendDocument,
  sendMediaGroup,
  copyMessage,
  forwardMessage,
  editMessageText,
  editMessageCaption,
  editMessageMedia,
  editMessageReplyMarkup,
  deleteMessage,
  setMessageReaction,
  sendChatAction,
  answerCallbackQuery,
  getFile,
  getChat,
  getChatMember,
  getChatAdministrators,
  setMyCommands,
  getMyCommands,
  deleteMyCommands,
};

const named = new Map(Object.entries(methods).map(([name, method]) => [name.toLowerCase(), method]));

/** A method by its name, which the Bot API takes in any case; undefined when this server has none. */
export function findMethod(name: string): Method | undefined {
  return named.get(name.toLowerCase());
}
