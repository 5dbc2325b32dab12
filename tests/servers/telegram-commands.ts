import { type Api, requireChat } from '#tests/servers/telegram-access.ts';
import { arrayOf, type Call, integerOf, isJson, objectOf, stringOf } from '#tests/servers/telegram-arguments.ts';
import { badRequest } from '#tests/servers/telegram-faults.ts';
import { type Chat, isAdmin, type Json, type User } from '#tests/servers/telegram-world.ts';

export interface Command {
  command: string;
  description: string;
}

const plainScopes = ['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators'];
const chatScopes = ['chat', 'chat_administrators', 'chat_member'];

/** Where a list of commands is kept. @throws {ApiRefusal} */
function keyOf(api: Api, params: Json): string {
  const language = stringOf(params, 'language_code');
  if (language !== '' && !/^[a-z]{2}$/.test(language)) throw badRequest('invalid language code specified');
  const scope = objectOf(params, 'scope', 'BotCommandScope') ?? { type: 'default' };
  const type = stringOf(scope, 'type');
  const invalid = (problem: string) => badRequest(`can't parse BotCommandScope: ${problem}`);
  if (plainScopes.includes(type)) return [type, language].join('|');
  if (!chatScopes.includes(type)) throw invalid('Unsupported type specified');
  if (stringOf(scope, 'chat_id') === '') throw invalid('Empty chat_id specified');
  const chat = requireChat(api, scope, 'read');
  if (chat.type === 'private' && type !== 'chat') throw badRequest("can't use specified scope in private chats");
  if (chat.type === 'channel') throw badRequest("can't change commands in channel chats");
  if (type !== 'chat_member') return [`${type}:${chat.id}`, language].join('|');
  const userId = integerOf(scope, 'user_id');
  if (userId === undefined || userId <= 0) throw invalid('Invalid user_id specified');
  return [`${type}:${chat.id}:${userId}`, language].join('|');
}

function readCommand({ limits }: Api, item: unknown): Command {
  const invalid = (problem: string) => badRequest(`can't parse BotCommand: ${problem}`);
  if (!isJson(item)) throw invalid('expected an Object');
  const { command, description } = item;
  if (typeof command !== 'string') throw invalid('Can\'t find field "command"');
  if (typeof description !== 'string') throw invalid('Can\'t find field "description"');
  const name = command.replace(/^\//, '');
  const words = description.trim();
  if (name === '') throw badRequest('command must be non-empty');
  if (name.length > 32) throw badRequest('command length must not exceed 32');
  if (words === '') throw badRequest('command description must be non-empty');
  if (words.length > limits.commandDescriptionMax) {
    throw badRequest(`command description length must not exceed ${limits.commandDescriptionMax}`);
  }
  if (!/^[a-z0-9_]+$/.test(name)) throw badRequest('BOT_COMMAND_INVALID');
  return { command: name, description: words };
}

export function setMyCommands(api: Api, { params }: Call): unknown {
  const key = keyOf(api, params);
  const items = arrayOf(params, 'commands', 'BotCommand') ?? [];
  const commands = items.map((item) => readCommand(api, item));
  if (commands.length > api.limits.commandsMax) throw badRequest('BOT_COMMANDS_TOO_MUCH');
  const names = commands.map(({ command }) => command);
  if (new Set(names).size < names.length) api.violate(`setMyCommands names a command twice: ${names.join(', ')}.`);
  if (commands.length > 0) api.commands.set(key, commands);
  else api.commands.delete(key);
  return true;
}

export function getMyCommands(api: Api, { params }: Call): unknown {
  return api.commands.get(keyOf(api, params)) ?? [];
}

export function deleteMyCommands(api: Api, { params }: Call): unknown {
  api.commands.delete(keyOf(api, params));
  return true;
}

/** What a person is offered: the most special list there is (core.telegram.org/bots/api#determining-list-of-commands). */
export function commandMenu({ commands }: Pick<Api, 'commands'>, chat: Chat, user: User): Command[] {
  const here = `chat:${chat.id}`;
  const admin = isAdmin(chat, user.id) ? [`chat_administrators:${chat.id}`] : [];
  const scopes =
    chat.type === 'private'
      ? [here, 'all_private_chats', 'default']
      : [
          `chat_member:${chat.id}:${user.id}`,
          ...admin,
          here,
          ...(admin.length > 0 ? ['all_chat_administrators'] : []),
          'all_group_chats',
          'default',
        ];
  const language = user.languageCode?.split('-')[0];
  const keys = scopes.flatMap((scope) => [...(language === undefined ? [] : [`${scope}|${language}`]), `${scope}|`]);
  const key = keys.find((candidate) => commands.has(candidate));
  return key === undefined ? [] : (commands.get(key) ?? []);
}
