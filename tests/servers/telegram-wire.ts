import { findAutolinks } from '#tests/servers/telegram-autolinks.ts';
import {
  type Chat,
  type Entity,
  type Formatted,
  type Json,
  type Message,
  type StoredFile,
  secondsNow,
  type User,
  type World,
} from '#tests/servers/telegram-world.ts';

/** Without the fields whose value is undefined. */
export function defined(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function toUser({ id, isBot, firstName, lastName, username, languageCode }: User): Json {
  return defined({
    id,
    is_bot: isBot,
    first_name: firstName,
    last_name: lastName,
    username,
    language_code: languageCode,
  });
}

export function toChat(world: World, { id, type, title, username, forum }: Chat): Json {
  if (type !== 'private') return defined({ id, title, username, type, is_forum: forum || undefined });
  const { firstName, lastName, username: name } = userOf(world, id);
  return defined({ id, first_name: firstName, last_name: lastName, username: name, type });
}

export function userOf(world: World, id: number): User {
  const user = world.users.get(id);
  if (!user) throw new Error(`no user ${id}`);
  return user;
}

export function toFile({ id, bytes }: StoredFile): Json {
  return { file_id: id, file_unique_id: `u${id.slice(3)}`, file_size: bytes.length };
}

function toMedia({ file, spoiler }: NonNullable<Message['media']>): Json {
  if (file.kind === 'document') return { document: { file_name: file.name, mime_type: file.type, ...toFile(file) } };
  const sizes = file.sizes.map((size) => ({ ...toFile(size), width: size.width, height: size.height }));
  return { photo: sizes, ...(spoiler && { has_media_spoiler: true }) };
}

export function toEntities(world: World, content: Formatted): Json[] | undefined {
  const entities = [...content.entities, ...findAutolinks(content)].toSorted((a, b) => a.offset - b.offset);
  return entities.length > 0 ? entities.map((entity) => toEntity(world, entity)) : undefined;
}

function toEntity(world: World, { type, offset, length, url, userId, language, customEmojiId }: Entity): Json {
  const mentioned = userId === undefined ? undefined : world.users.get(userId);
  const user = mentioned && toUser(mentioned);
  return defined({ type, offset, length, url, user, language, custom_emoji_id: customEmojiId });
}

/** A message as a bot gets it; `nested` is inside another one and says no more of what it replies to. */
export function toMessage(world: World, chat: Chat, message: Message, nested = false): Json {
  const { id, date, from, senderChat, content, media, keyboard } = message;
  const replied = message.replyTo === undefined || nested ? undefined : chat.messages.get(message.replyTo);
  // Every message of a topic that replies to none replies to the service message that opened it.
  const root = message.inTopic && !nested ? chat.messages.get(message.threadId ?? 0) : undefined;
  const entities = toEntities(world, content);
  return defined({
    message_id: id,
    message_thread_id: message.threadId,
    from: from && toUser(from),
    sender_chat: senderChat && toChat(world, senderChat),
    date,
    edit_date: message.editDate,
    chat: toChat(world, chat),
    is_topic_message: message.inTopic || undefined,
    reply_to_message: (replied ?? root) ? toMessage(world, chat, (replied ?? root) as Message, true) : undefined,
    forward_origin: message.forwarded && {
      type: 'user',
      sender_user: message.forwarded.from && toUser(message.forwarded.from),
      date: message.forwarded.date,
    },
    media_group_id: message.album,
    has_protected_content: message.protected || undefined,
    ...(media && toMedia(media)),
    ...(content.text !== '' &&
      (media ? { caption: content.text, caption_entities: entities } : { text: content.text, entities })),
    reply_markup: keyboard && { inline_keyboard: keyboard.map((row) => row.map(({ raw }) => raw)) },
    ...message.service,
  });
}

const adminRights = [
  'can_manage_chat',
  'can_delete_messages',
  'can_manage_video_chats',
  'can_restrict_members',
  'can_promote_members',
  'can_change_info',
  'can_invite_users',
  'can_post_stories',
  'can_edit_stories',
  'can_delete_stories',
];
const channelRights = ['can_post_messages', 'can_edit_messages'];
const groupRights = ['can_pin_messages', 'can_manage_topics'];
const memberRights = [
  'can_send_messages',
  'can_send_audios',
  'can_send_documents',
  'can_send_photos',
  'can_send_videos',
  'can_send_video_notes',
  'can_send_voice_notes',
  'can_send_polls',
  'can_send_other_messages',
  'can_add_web_page_previews',
  'can_react_to_messages',
  'can_edit_tag',
  'can_change_info',
  'can_invite_users',
  'can_pin_messages',
  'can_manage_topics',
];
const deniedBy: Record<string, string> = {
  can_send_messages: 'text',
  can_send_photos: 'photos',
  can_send_documents: 'documents',
};

/** Permissions by name, as far as `forbidden` says something about them. */
export function toPermissions(forbidden: ReadonlySet<string>): Json {
  return Object.fromEntries(memberRights.map((right) => [right, !forbidden.has(deniedBy[right] ?? '')]));
}

export function toMember(world: World, chat: Chat, userId: number): Json {
  const user = toUser(userOf(world, userId));
  const member = chat.members.get(userId);
  const status = member?.status ?? 'left';
  if (status === 'creator') return { user, status, is_anonymous: member?.anonymous ?? false };
  if (status === 'administrator') {
    const rights = [...adminRights, ...(chat.type === 'channel' ? channelRights : groupRights)];
    const granted = Object.fromEntries(rights.map((right) => [right, right !== 'can_promote_members']));
    return { user, status, can_be_edited: false, is_anonymous: member?.anonymous ?? false, ...granted };
  }
  if (status === 'restricted') {
    return { user, status, is_member: true, until_date: 0, ...toPermissions(member?.forbidden ?? new Set()) };
  }
  return { user, status, ...(status === 'kicked' && { until_date: 0 }) };
}

export function memberUpdate(world: World, chat: Chat, byId: number, before: Json, userId: number): Json {
  return {
    chat: toChat(world, chat),
    from: toUser(userOf(world, byId)),
    date: secondsNow(world),
    old_chat_member: before,
    new_chat_member: toMember(world, chat, userId),
  };
}
