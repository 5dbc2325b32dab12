import type { Fault } from '#tests/servers/slack-faults.ts';
import { deleteMessage, postEphemeral, postMessage, updateMessage } from '#tests/servers/slack-methods-chat.ts';
import { completeUpload, deleteFile, fileInfo, getUploadUrl } from '#tests/servers/slack-methods-files.ts';
import {
  addReaction,
  authTest,
  botInfo,
  conversationHistory,
  conversationInfo,
  conversationReplies,
  openConversation,
  teamInfo,
  userGroups,
  userInfo,
} from '#tests/servers/slack-methods-people.ts';
import { openView, publishView, pushView, updateView } from '#tests/servers/slack-methods-views.ts';
import type { Json, Workspace, World } from '#tests/servers/slack-world.ts';

/** What a method gets to work with. */
export interface Call {
  world: World;
  team: Workspace;
  args: Json;
  /** A fault that lies in what is done, not in the answer. */
  fault?: Fault;
  /** The server's, as its client called it: a relay may stand before it. */
  origin: string;
  processingMs: number;
  fileBytesMax: number;
  /** The manifest lets people and the app write in the Messages tab. */
  messagesTab: boolean;
  /** Counts a message in a channel. @throws when the app is too fast. */
  takeChannelRate(channelId: string): void;
}

export interface Method {
  /** False: it takes forms only, and a JSON body is not read. */
  json: boolean;
  run(call: Call): Json;
}

const writes = (run: Method['run']): Method => ({ json: true, run });
const reads = (run: Method['run']): Method => ({ json: false, run });

/** The bot token's methods served here. Content types: docs.slack.dev/reference/methods; uploads: seen live to refuse JSON. */
export const methods: Record<string, Method | undefined> = {
  'auth.test': writes(authTest),
  'bots.info': reads(botInfo),
  'chat.delete': writes(deleteMessage),
  'chat.postEphemeral': writes(postEphemeral),
  'chat.postMessage': writes(postMessage),
  'chat.update': writes(updateMessage),
  'conversations.history': reads(conversationHistory),
  'conversations.info': reads(conversationInfo),
  'conversations.open': writes(openConversation),
  'conversations.replies': reads(conversationReplies),
  'files.completeUploadExternal': writes(completeUpload),
  'files.delete': writes(deleteFile),
  'files.getUploadURLExternal': reads(getUploadUrl),
  'files.info': reads(fileInfo),
  'reactions.add': writes(addReaction),
  'team.info': reads(teamInfo),
  'usergroups.list': reads(userGroups),
  'users.info': reads(userInfo),
  'views.open': writes(openView),
  'views.publish': writes(publishView),
  'views.push': writes(pushView),
  'views.update': writes(updateView),
};
