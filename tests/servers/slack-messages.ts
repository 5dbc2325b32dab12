import { checkBlocks } from '#tests/servers/slack-blocks.ts';
import { ApiRefusal, refuseWith } from '#tests/servers/slack-faults.ts';
import { filesJson } from '#tests/servers/slack-files.ts';
import { isObject } from '#tests/servers/slack-layout.ts';
import { encode } from '#tests/servers/slack-markup.ts';
import { isTrue, stringOf } from '#tests/servers/slack-requests.ts';
import type { Channel, Json, Message, Workspace, World } from '#tests/servers/slack-world.ts';

/** Longer text is cut off, not refused. docs.slack.dev/reference/methods/chat.postMessage */
const textCharsMax = 40_000;
const markdownCharsMax = 12_000;
/** Not documented; `msg_blocks_too_long` came from 13,172 characters in all blocks on: slackapi/bolt-js#2509. */
const blockCharsMax = 13_000;

export type Content = Pick<Message, 'text' | 'blocks' | 'isMarkdown' | 'linkNames'> & { metadata?: Json };

/** What a message's arguments say. @throws {ApiRefusal} as Slack does when they break a rule. */
export function contentOf(world: World, team: Workspace, args: Json, where: string): Content {
  const markdown = stringOf(args, 'markdown_text');
  const text = markdown === '' ? stringOf(args, 'text') : markdown;
  const hasBlocks = Array.isArray(args.blocks) && args.blocks.length > 0;
  if (markdown !== '' && (hasBlocks || stringOf(args, 'text') !== '')) throw new ApiRefusal('markdown_text_conflict');
  if (markdown.length > markdownCharsMax) throw new ApiRefusal('msg_too_long');
  if (text === '' && !hasBlocks) throw new ApiRefusal('no_text');
  if (hasBlocks && text === '') {
    world.violations.push(`${where}: blocks without text leave notifications and screen readers with nothing.`);
  }
  if (text.length > textCharsMax) world.violations.push(`${where}: text is cut off after ${textCharsMax} characters.`);
  if (args.attachments !== undefined) world.violations.push(`${where}: attachments are outdated and not shown here.`);
  const metadata = metadataOf(args);
  return {
    text: markdown === '' ? storedText(text.slice(0, textCharsMax)) : text,
    blocks: blocksOf(world, team, args.blocks),
    isMarkdown: markdown !== '',
    linkNames: stringOf(args, 'parse') === 'full' || isTrue(args, 'link_names'),
    ...(metadata ? { metadata } : {}),
  };
}

function metadataOf({ metadata }: Json): Json | undefined {
  if (metadata === undefined) return undefined;
  if (!isObject(metadata)) throw new ApiRefusal('invalid_metadata_format');
  if (Object.keys(metadata).length === 0) return metadata;
  if (typeof metadata.event_type !== 'string' || !isObject(metadata.event_payload)) {
    throw new ApiRefusal('invalid_metadata_schema');
  }
  if (JSON.stringify(metadata).length > 8000) throw new ApiRefusal('metadata_too_large');
  return metadata;
}

/** Checked and stored blocks. @throws {ApiRefusal} invalid_blocks with Slack's explanations. */
export function blocksOf(world: World, team: Workspace, blocks: unknown): Json[] {
  if (blocks === undefined || blocks === '') return [];
  if (!Array.isArray(blocks)) throw new ApiRefusal('invalid_blocks_format');
  const fileOf = (id: string) => {
    const file = world.files.get(id);
    return file?.teamId === team.id ? file : undefined;
  };
  const { errors, texts } = checkBlocks(blocks, 'message', fileOf);
  if (errors.length > 0) throw refuseWith('invalid_blocks', errors);
  if (texts.join('').length > blockCharsMax) throw new ApiRefusal('msg_blocks_too_long');
  return storedBlocks(world, blocks);
}

/** Slack names blocks and actions that have no id, and keeps texts escaped (slackapi/bolt-python#513). */
export function storedBlocks(world: World, blocks: Json[]): Json[] {
  return blocks.map((block) => {
    const stored = withStoredTexts(world, block) as Json;
    return { ...stored, block_id: block.block_id ?? world.newId('b') };
  });
}

function withStoredTexts(world: World, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withStoredTexts(world, item));
  if (!isObject(value)) return value;
  if (value.type === 'rich_text') return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withStoredTexts(world, item)]));
  if (value.type === 'plain_text') return { emoji: true, ...copy, text: encodeOnce(String(value.text)) };
  if (value.type === 'mrkdwn') return { verbatim: false, ...copy, text: storedText(String(value.text)) };
  const isElement = /button|select|overflow|checkboxes|picker|_input/.test(String(value.type));
  return isElement ? { action_id: world.newId('a'), ...copy } : copy;
}

const encodeOnce = (text: string): string =>
  text
    .replaceAll(/&(?!(?:amp|lt|gt);)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

/** mrkdwn as Slack keeps it: whatever is not one of its sequences is escaped. */
export function storedText(text: string): string {
  return text
    .replaceAll(/&(?!(?:amp|lt|gt);)/g, '&amp;')
    .replaceAll(/<([^<>\n]+)>|[<>]/g, (whole, inside?: string) =>
      inside !== undefined && /^[@#!]|^(https?|mailto|tel|slack):/i.test(inside) ? whole : encode(whole),
    );
}

/** Where a reply goes. A parent that is gone makes it a message of its own, without a word (slack-go/slack#1571). */
export function threadOf(world: World, channel: Channel, threadTs: string, where: string): string | undefined {
  if (threadTs === '') return undefined;
  if (!/^\d{10}\.\d{6}$/.test(threadTs)) throw new ApiRefusal('invalid_thread_ts');
  const parent = channel.messages.find(({ ts, visibleTo }) => ts === threadTs && visibleTo === undefined);
  if (!parent) {
    world.violations.push(`${where}: no message ${threadTs} was ever in ${channel.id}, so the reply is no reply.`);
    return undefined;
  }
  if (parent.threadTs !== undefined && parent.threadTs !== parent.ts) {
    world.violations.push(`${where}: thread_ts must be the parent's, not that of the reply ${threadTs}.`);
    return parent.threadTs;
  }
  const lives = !parent.deleted || channel.messages.some((reply) => reply.threadTs === parent.ts && !reply.deleted);
  return lives ? parent.ts : undefined;
}

export function addMessage(
  world: World,
  channel: Channel,
  message: Content & Pick<Message, 'userId' | 'fromBot'> & Partial<Message>,
): Message {
  const empty = { files: [], edits: 0, deleted: false, reactions: [] };
  const ids = { ts: world.newTs(), channelId: channel.id, teamId: channel.teamId };
  const added: Message = { ...empty, ...ids, ...message };
  channel.messages.push(added);
  world.changes.emit('change');
  world.changes.emit('posted', added);
  return added;
}

/** A message that has not been deleted and is not ephemeral. */
export function findMessage(channel: Channel, wanted: string): Message | undefined {
  // The newest are asked for most; channels of a bench are long.
  return channel.messages.findLast(
    ({ ts, deleted, visibleTo }) => ts === wanted && !deleted && visibleTo === undefined,
  );
}

/** A message as events, payloads and answers hold it. */
export function messageJson(world: World, message: Message): Json {
  const team = world.teams.get(message.teamId);
  const files = filesJson(world, message);
  const bot = message.fromBot ? { bot_id: team?.botId, app_id: world.appId } : {};
  return {
    user: message.userId,
    type: 'message',
    ts: message.ts,
    ...bot,
    text: message.text,
    team: message.teamId,
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(files.length > 0 ? { files, upload: false } : {}),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.edits > 0 ? { edited: { user: message.userId, ts: message.ts } } : {}),
  };
}
