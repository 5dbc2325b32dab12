import { type Api, placeOf, requireChat } from '#tests/servers/telegram-access.ts';
import { type Call, flagOf, integerOf, stringOf } from '#tests/servers/telegram-arguments.ts';
import { badRequest } from '#tests/servers/telegram-faults.ts';
import { defined, toChat, toFile, toMember, toPermissions, toUser } from '#tests/servers/telegram-wire.ts';
import { changed, isAdmin } from '#tests/servers/telegram-world.ts';

export function getMe({ world, privacyMode }: Api): unknown {
  return {
    ...toUser(world.bot),
    can_join_groups: true,
    can_read_all_group_messages: !privacyMode,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  };
}

export function getChat(api: Api, { params }: Call): unknown {
  const chat = requireChat(api, params, 'read');
  return defined({
    ...toChat(api.world, chat),
    active_usernames: chat.username === undefined ? undefined : [chat.username],
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    },
    permissions: ['group', 'supergroup'].includes(chat.type) ? toPermissions(chat.forbidden) : undefined,
  });
}

export function getChatMember(api: Api, { params }: Call): unknown {
  const chat = requireChat(api, params, 'read');
  const userId = integerOf(params, 'user_id');
  if (userId === undefined || userId <= 0) throw badRequest('invalid user_id specified');
  if (!api.world.users.has(userId)) throw badRequest('user not found');
  if (chat.type === 'channel' && !isAdmin(chat, api.world.bot.id)) throw badRequest('member list is inaccessible');
  return toMember(api.world, chat, userId);
}

export function getChatAdministrators(api: Api, { params }: Call): unknown {
  const chat = requireChat(api, params, 'read');
  if (chat.type === 'private') throw badRequest('there are no administrators in the private chat');
  const admins = [...chat.members.keys()].filter((id) => isAdmin(chat, id));
  // Other bots are left out, the bot itself is not.
  const shown = admins.filter((id) => id === api.world.bot.id || !api.world.users.get(id)?.isBot);
  return shown.map((id) => toMember(api.world, chat, id));
}

const actions = [
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
];

export function sendChatAction(api: Api, { params }: Call): unknown {
  const chat = requireChat(api, params, 'write');
  placeOf(api, chat, params);
  if (!actions.includes(stringOf(params, 'action'))) throw badRequest('wrong parameter action in request');
  return true;
}

export function answerCallbackQuery({ world, limits, presses }: Api, { params }: Call): unknown {
  const press = presses.get(stringOf(params, 'callback_query_id'));
  const text = stringOf(params, 'text');
  if (text.length > limits.callbackTextMax) throw badRequest('MESSAGE_TOO_LONG');
  if (!press || press.answer || world.now() - press.at > limits.callbackLifeMs) {
    throw badRequest('query is too old and response timeout expired or query ID is invalid');
  }
  const url = stringOf(params, 'url');
  // Only games, and addresses that open the bot itself.
  if (url !== '' && !url.startsWith(`https://t.me/${world.bot.username}?start=`)) throw badRequest('URL_INVALID');
  const alert = flagOf(params, 'show_alert');
  press.answer = { alert, ...(text !== '' && { text }), ...(url !== '' && { url }) };
  changed(world);
  return true;
}

export function getFile({ world, limits }: Api, { params }: Call): unknown {
  const id = stringOf(params, 'file_id');
  if (id === '') throw badRequest('file_id not specified');
  const file = world.files.get(id);
  if (!file) throw badRequest('invalid file_id');
  if (file.bytes.length > limits.downloadBytesMax) throw badRequest('file is too big');
  return { ...toFile(file), file_path: file.path };
}
