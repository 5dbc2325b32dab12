/** What the methods served here need of a bot token; one of a list is enough. docs.slack.dev/reference/methods. */
export const methodScopes = {
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.delete': ['chat:write'],
  'files.getUploadURLExternal': ['files:write'],
  'files.completeUploadExternal': ['files:write'],
  'files.delete': ['files:write'],
  'files.info': ['files:read'],
  'usergroups.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'bots.info': ['users:read'],
  'team.info': ['team:read'],
  'reactions.add': ['reactions:write'],
  'conversations.open': ['im:write', 'channels:manage', 'groups:write', 'mpim:write'],
} as const satisfies Record<string, readonly string[]>;

/** What reading about a conversation (`read`) or its messages (`history`) needs, by its kind. */
export const conversationScopes = {
  read: { public: 'channels:read', private: 'groups:read', im: 'im:read' },
  history: { public: 'channels:history', private: 'groups:history', im: 'im:history' },
} as const;

/** What the app must have to be sent an event; undefined for those that need nothing. */
export const eventScopes: Record<string, string | undefined> = {
  app_mention: 'app_mentions:read',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  'message.im': 'im:history',
  member_joined_channel: 'channels:read',
  member_left_channel: 'channels:read',
  channel_left: 'channels:read',
  group_left: 'groups:read',
  channel_archive: 'channels:read',
  channel_deleted: 'channels:read',
  user_change: 'users:read',
  subteam_created: 'usergroups:read',
  subteam_members_changed: 'usergroups:read',
  subteam_updated: 'usergroups:read',
};

/** Everything a bot token can have here. */
export const allBotScopes: readonly string[] = [
  ...new Set([
    ...Object.values(methodScopes).flat(),
    ...Object.values(conversationScopes).flatMap((kinds) => Object.values(kinds)),
    'app_mentions:read',
    'commands',
  ]),
];
