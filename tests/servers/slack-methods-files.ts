import { postableChannel } from '#tests/servers/slack-channels.ts';
import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import { fileJson, newFile, removeFile, requireUploadAllowed } from '#tests/servers/slack-files.ts';
import { arrayOf, isObject } from '#tests/servers/slack-layout.ts';
import { addMessage, blocksOf, storedText, threadOf } from '#tests/servers/slack-messages.ts';
import type { Call } from '#tests/servers/slack-methods.ts';
import { requiredOf, stringOf } from '#tests/servers/slack-requests.ts';
import type { Channel, Json, SlackFile } from '#tests/servers/slack-world.ts';

/** docs.slack.dev/reference/methods/files.getUploadURLExternal */
const altCharsMax = 1000;
/** What people's clients allow; for apps no figure is published. */
const filesPerMessageMax = 10;

export function getUploadUrl({ world, team, args, origin, fileBytesMax }: Call): Json {
  const [name = '', length = ''] = requiredOf(args, 'filename', 'length');
  if (!/^\d+$/.test(length)) throw new ApiRefusal('invalid_arguments');
  if (Number(length) === 0) throw new ApiRefusal('missing_argument');
  const alt = stringOf(args, 'alt_txt');
  if (args.alt_text !== undefined) {
    world.violations.push('files.getUploadURLExternal: the argument is alt_txt; alt_text does nothing.');
  }
  if (alt.length > altCharsMax) throw new ApiRefusal('alt_txt_too_large');
  requireUploadAllowed(team, name, Number(length), fileBytesMax);
  const file = newFile(world, { teamId: team.id, userId: team.botUserId, name, alt, length: Number(length) });
  return { upload_url: `${origin}/upload/v1/${file.id}`, file_id: file.id };
}

export function completeUpload(call: Call): Json {
  const { world, team, args, messagesTab } = call;
  const files = arrayOf(args.files).map((entry) => {
    const file = isObject(entry) ? world.files.get(String(entry.id)) : undefined;
    if (!file?.bytes || file.completed || file.teamId !== team.id) throw new ApiRefusal('file_not_found');
    return { file, title: isObject(entry) && typeof entry.title === 'string' ? entry.title : file.title };
  });
  if (files.length === 0) throw new ApiRefusal('invalid_arguments');
  if (files.length > filesPerMessageMax) {
    world.violations.push(`files.completeUploadExternal: ${files.length} files in one message; people can send 10.`);
  }
  const channelId = stringOf(args, 'channel_id');
  const channel = channelId === '' ? undefined : postableChannel(world, team, channelId, messagesTab);
  if (args.channels !== undefined) world.violations.push('files.completeUploadExternal: channels is not served here.');
  const message = channel ? sharedMessageOf(call, channel) : undefined;
  for (const { file, title } of files) Object.assign(file, { completed: true, title });
  if (call.fault?.kind !== 'unshared') {
    const delayMs = call.fault?.kind === 'slow_processing' ? (call.fault.delayMs ?? 60_000) : call.processingMs;
    world.later(delayMs, () =>
      share(
        call,
        channel,
        message,
        files.map(({ file }) => file),
      ),
    );
  }
  // Nothing is processed yet: no type, no shares, no message.
  return { files: files.map(({ file }) => fileJson(world, { ...file, processed: false, shares: [] })) };
}

type SharedMessage = ReturnType<typeof sharedMessageOf>;

function sharedMessageOf({ world, team, args }: Call, channel: Channel) {
  const where = 'files.completeUploadExternal';
  const comment = stringOf(args, 'initial_comment');
  const hasBlocks = Array.isArray(args.blocks) && args.blocks.length > 0;
  if (comment !== '' && hasBlocks) world.violations.push(`${where}: blocks are ignored beside initial_comment.`);
  // The documentation does not say so: slackapi/python-slack-sdk#1756.
  if (hasBlocks && arrayOf(args.blocks).some((block) => isObject(block) && block.type === 'markdown')) {
    throw new ApiRefusal('internal_error');
  }
  const blocks = comment === '' ? blocksOf(world, team, args.blocks) : [];
  const threadTs = threadOf(world, channel, stringOf(args, 'thread_ts'), where);
  return { text: storedText(comment), blocks, ...(threadTs === undefined ? {} : { threadTs }) };
}

function share(call: Call, channel: Channel | undefined, message: SharedMessage | undefined, given: SlackFile[]): void {
  const { world, team } = call;
  const files = given.filter(({ deleted }) => !deleted);
  if (files.length === 0) return;
  for (const file of files) file.processed = true;
  if (channel && message && !channel.archived && world.channels.has(channel.id)) {
    const plain = { isMarkdown: false, linkNames: false, userId: team.botUserId, fromBot: true };
    const { ts } = addMessage(world, channel, { ...plain, ...message, files });
    for (const file of files) file.shares.push({ channelId: channel.id, ts, ...threadOfShare(message) });
  }
  world.changes.emit('change');
}

const threadOfShare = ({ threadTs }: { threadTs?: string }) => (threadTs === undefined ? {} : { threadTs });

export function fileInfo({ world, team, args }: Call): Json {
  const [id = ''] = requiredOf(args, 'file');
  const file = world.files.get(id);
  if (file?.deleted) throw new ApiRefusal('file_deleted');
  if (!file?.bytes || file.teamId !== team.id) throw new ApiRefusal('file_not_found');
  const isOwn = file.userId === team.botUserId;
  const isShown = file.shares.some(({ channelId }) => world.channels.get(channelId)?.members.has(team.botUserId));
  if (!isOwn && !isShown) throw new ApiRefusal('file_not_found');
  return { file: fileJson(world, file), comments: [], response_metadata: { next_cursor: '' } };
}

/** Deletes a file of the bot's own, also out of every message; one that says nothing else goes with it. */
export function deleteFile({ world, team, args }: Call): Json {
  const [id = ''] = requiredOf(args, 'file');
  const file = world.files.get(id);
  if (!file || file.teamId !== team.id) throw new ApiRefusal('file_not_found');
  if (file.deleted) throw new ApiRefusal('file_deleted');
  if (file.userId !== team.botUserId) throw new ApiRefusal('cant_delete_file');
  removeFile(world, file);
  return {};
}
