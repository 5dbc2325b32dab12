import { knownChannel, postableChannel } from '#tests/servers/slack-channels.ts';
import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import { addMessage, blocksOf, contentOf, findMessage, messageJson, threadOf } from '#tests/servers/slack-messages.ts';
import type { Call } from '#tests/servers/slack-methods.ts';
import { isTrue, requiredOf, stringOf } from '#tests/servers/slack-requests.ts';
import type { Channel, Json, Message } from '#tests/servers/slack-world.ts';

/** docs.slack.dev/reference/methods/chat.update: unlike a new message's 40,000. */
const updateCharsMax = 4000;

export function postMessage(call: Call): Json {
  const { world, team, args, messagesTab } = call;
  const [channelId = ''] = requiredOf(args, 'channel');
  const channel = postableChannel(world, team, channelId, messagesTab);
  for (const name of ['username', 'icon_emoji', 'icon_url']) {
    if (args[name] !== undefined && !team.scopes.includes('chat:write.customize')) {
      world.violations.push(`chat.postMessage: ${name} does nothing without chat:write.customize.`);
    }
  }
  const content = contentOf(world, team, args, 'chat.postMessage');
  const threadTs = threadOf(world, channel, stringOf(args, 'thread_ts'), 'chat.postMessage');
  call.takeChannelRate(channel.id);
  const message = addMessage(world, channel, {
    ...content,
    userId: team.botUserId,
    fromBot: true,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
  return { channel: channel.id, ts: message.ts, message: messageJson(world, message) };
}

export function postEphemeral(call: Call): Json {
  const { world, team, args, messagesTab } = call;
  const [channelId = '', userId = ''] = requiredOf(args, 'channel', 'user');
  const channel = postableChannel(world, team, channelId, messagesTab);
  if (!channel.members.has(userId)) throw new ApiRefusal('user_not_in_channel');
  const content = contentOf(world, team, args, 'chat.postEphemeral');
  const threadTs = threadOf(world, channel, stringOf(args, 'thread_ts'), 'chat.postEphemeral');
  const isThread = channel.messages.some((message) => message.threadTs === threadTs && !message.deleted);
  if (threadTs !== undefined && !isThread) {
    world.violations.push('chat.postEphemeral: in a thread without replies nobody sees it.');
  }
  const message = addMessage(world, channel, {
    ...content,
    userId: team.botUserId,
    fromBot: true,
    visibleTo: userId,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
  return { message_ts: message.ts };
}

export function updateMessage({ world, team, args }: Call): Json {
  const [channelId = '', ts = ''] = requiredOf(args, 'channel', 'ts');
  const channel = ownChannel({ world, team }, channelId);
  if (channel.archived) throw new ApiRefusal('is_inactive');
  const message = ownMessage({ team }, channel, ts, 'cant_update_message');
  if (stringOf(args, 'text').length > updateCharsMax) throw new ApiRefusal('msg_too_long');
  if (args.file_ids !== undefined) world.violations.push('chat.update: file_ids is not served here.');
  if (isTrue(args, 'reply_broadcast')) world.violations.push('chat.update: reply_broadcast is not served here.');
  const hasText = stringOf(args, 'text') !== '' || stringOf(args, 'markdown_text') !== '';
  if (Array.isArray(args.blocks) && args.blocks.length > 0 && !hasText) {
    // The text that was there stays as the fallback.
    message.blocks = blocksOf(world, team, args.blocks);
  } else if (Array.isArray(args.blocks) && args.blocks.length === 0 && !hasText && message.text !== '') {
    message.blocks = [];
  } else {
    const { text, blocks, isMarkdown, linkNames, metadata } = contentOf(world, team, args, 'chat.update');
    Object.assign(message, { text, blocks, isMarkdown, linkNames, ...(metadata ? { metadata } : {}) });
  }
  message.edits += 1;
  world.changes.emit('change');
  world.changes.emit('edited', message);
  return { channel: channel.id, ts, text: message.text, message: messageJson(world, message) };
}

export function deleteMessage({ world, team, args }: Call): Json {
  const [channelId = '', ts = ''] = requiredOf(args, 'channel', 'ts');
  const channel = ownChannel({ world, team }, channelId);
  ownMessage({ team }, channel, ts, 'cant_delete_message').deleted = true;
  world.changes.emit('change');
  return { channel: channel.id, ts };
}

/** Updates and deletions take a DM's own id, never a person's. */
function ownChannel({ world, team }: Pick<Call, 'world' | 'team'>, id: string): Channel {
  const channel = knownChannel(world, team, id);
  if (!channel.members.has(team.botUserId)) throw new ApiRefusal('channel_not_found');
  return channel;
}

function ownMessage({ team }: Pick<Call, 'team'>, channel: Channel, ts: string, error: string): Message {
  const message = findMessage(channel, ts);
  if (!message) throw new ApiRefusal('message_not_found');
  if (message.userId !== team.botUserId) throw new ApiRefusal(error);
  return message;
}

/** A page of messages as conversations.history and .replies give it; distributed apps get 15 at most. */
export function pageOf({ world, args }: Call, messages: Message[]): Json {
  const limit = Math.min(Number(args.limit ?? 15), 15);
  const from = Number(stringOf(args, 'cursor') || 0);
  const page = messages.slice(from, from + limit).map((message) => {
    const { metadata, ...rest } = messageJson(world, message);
    return isTrue(args, 'include_all_metadata') && metadata !== undefined ? { ...rest, metadata } : rest;
  });
  const has_more = from + limit < messages.length;
  return { messages: page, has_more, response_metadata: { next_cursor: has_more ? String(from + limit) : '' } };
}
