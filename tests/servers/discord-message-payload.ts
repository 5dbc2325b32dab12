import { sanitizeFileName } from '#tests/servers/discord-message-rules.ts';
import type { Payloads } from '#tests/servers/discord-payloads.ts';
import {
  type Component,
  findMessage,
  guildOf,
  type Json,
  type Message,
  type World,
} from '#tests/servers/discord-world.ts';

/** A time as the API writes it. */
export const iso = (ms: number) => new Date(ms).toISOString().replace('Z', '000+00:00');

/** A message as the API gives it back; without `full` as an app sees it that may not read messages. */
export function messagePayload(world: World, payloads: Payloads, message: Message, full: boolean): Json {
  const channel = world.channels.get(message.channelId);
  const guild = channel && guildOf(world, channel);
  const author = world.users.get(message.authorId);
  const answered = message.replyTo === undefined ? undefined : findMessage(world, message.replyTo);
  const thread = world.channels.get(message.id);
  const askedBy = world.users.get(message.asked?.by ?? '');
  return {
    id: message.id,
    type: message.replyTo === undefined ? (message.interactionId === undefined ? 0 : 20) : 19,
    channel_id: message.channelId,
    author: author ? payloads.user(author) : null,
    content: full ? message.content : '',
    embeds: full ? message.embeds : [],
    components: full ? withMedia(message, payloads) : [],
    attachments: full ? message.attachments.map((one) => payloads.attachment(one, message.channelId)) : [],
    timestamp: iso(message.createdAt),
    edited_timestamp: message.editedAt === undefined ? null : iso(message.editedAt),
    tts: false,
    mention_everyone: message.pings.includes('everyone') || message.pings.includes('here'),
    mentions: message.mentionedUsers.flatMap((id) => {
      const user = world.users.get(id);
      return user ? [payloads.user(user)] : [];
    }),
    mention_roles: message.pings.filter((ping) => ping.startsWith('role:')).map((ping) => ping.slice(5)),
    pinned: false,
    flags: message.flags | (thread ? 1 << 5 : 0),
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    ...(message.interactionId === undefined || !askedBy
      ? {}
      : {
          application_id: world.applicationId,
          webhook_id: world.applicationId,
          interaction_metadata: {
            id: message.interactionId,
            type: message.asked?.type,
            user: payloads.user(askedBy),
            authorizing_integration_owners: {},
          },
        }),
    ...(message.replyTo === undefined
      ? {}
      : {
          message_reference: {
            type: 0,
            message_id: message.replyTo,
            channel_id: message.channelId,
            guild_id: guild?.id,
          },
          referenced_message: answered ? payloads.message(withoutReference(answered), full) : null,
        }),
    ...(thread ? { thread: payloads.channel(thread) } : {}),
  };
}

function withoutReference({ replyTo: _, ...message }: Message): Message {
  return message;
}

/** Components as the API gives them back: each with an id, attached files with their addresses. */
function withMedia(message: Message, payloads: Payloads): Json[] {
  let id = 0;
  const fill = (component: Component): Json => {
    id += 1;
    const media = (holder: Json, field: string): Json => {
      const url = (holder[field] as Json | undefined)?.url;
      if (typeof url !== 'string') return holder;
      const attachment = message.attachments.find(
        ({ name }) => url.startsWith('attachment://') && name === sanitizeFileName(url.slice(13)),
      );
      const shown = attachment ? payloads.attachment(attachment, message.channelId) : { url, proxy_url: url };
      const { filename, size, ...rest } = shown;
      return {
        ...holder,
        [field]: { ...rest, ...(attachment ? { attachment_id: attachment.id } : {}), loading_state: 2 },
      };
    };
    const own = media(media({ ...component, id: component.id || id }, 'file'), 'media');
    if (Array.isArray(component.items)) own.items = component.items.map((item) => media(item as Json, 'media'));
    if (component.components) own.components = component.components.map(fill);
    if (component.accessory) own.accessory = fill(component.accessory as Component);
    return own;
  };
  return message.components.map(fill);
}
