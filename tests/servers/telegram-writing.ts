import type { Api } from '#tests/servers/telegram-access.ts';
import type { WriteOptions } from '#tests/servers/telegram-people.ts';
import {
  addChat,
  anonymousAdmin,
  type Chat,
  channelAuthor,
  type Entity,
  type MessageDraft,
  type User,
} from '#tests/servers/telegram-world.ts';

/** The private chat of a person and the bot. */
export function openPrivate({ world }: Pick<Api, 'world'>, user: User): Chat {
  const known = world.chats.get(user.id);
  if (known) return known;
  return addChat(world, {
    id: user.id,
    type: 'private',
    title: user.firstName,
    members: new Map(
      [user.id, world.bot.id].map((id) => [id, { status: 'member', anonymous: false, forbidden: new Set() }]),
    ),
  });
}

/** Who a person writes as. */
export function authorOf(
  { world }: Pick<Api, 'world'>,
  user: User,
  chat: Chat,
  { anonymous, as }: WriteOptions,
): Pick<MessageDraft, 'from' | 'senderChat'> {
  if (anonymous) return { from: anonymousAdmin, senderChat: chat };
  const channel = as && world.chats.get(as.id);
  return channel ? { from: channelAuthor, senderChat: channel } : { from: user };
}

/** Where in the chat a person writes. */
export function placeOf(chat: Chat, { replyTo, topic }: WriteOptions): Omit<MessageDraft, 'content'> {
  const replied = replyTo && chat.messages.get(replyTo.id);
  const place = replied ? { replyTo: replied.id } : {};
  const inTopic = topic ?? (replied?.inTopic ? replied.threadId : undefined);
  if (inTopic !== undefined) {
    if (!chat.topics.has(inTopic)) throw new Error(`there is no topic ${inTopic}`);
    return { ...place, threadId: inTopic, inTopic: true };
  }
  return chat.type === 'supergroup' && replied ? { ...place, threadId: replied.threadId ?? replied.id } : place;
}

export function mentionsIn(text: string, mentions: NonNullable<WriteOptions['mentions']>): Entity[] {
  return mentions.map((mention) => {
    const offset = text.indexOf(mention.text);
    if (offset < 0) throw new Error(`the text does not contain ${mention.text}`);
    return { type: 'text_mention', offset, length: mention.text.length, userId: mention.person.id };
  });
}
