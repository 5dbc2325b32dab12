import { fileJson } from '#tests/servers/slack-files.ts';
import { encode } from '#tests/servers/slack-markup.ts';
import { messageJson } from '#tests/servers/slack-messages.ts';
import { ClientError } from '#tests/servers/slack-people.ts';
import { newResponseUrl } from '#tests/servers/slack-responses.ts';
import type { SeenAction } from '#tests/servers/slack-view.ts';
import type { Channel, Json, Message, User, Workspace, World } from '#tests/servers/slack-world.ts';

/** docs.slack.dev/interactivity/handling-user-interaction */
const triggerLifetimeMs = 3000;

export interface Actor {
  world: World;
  team: Workspace;
  user: User;
}

/**
 * What people type as apps get it: control characters escaped, `@name`, `#channel`, `@here` and addresses as sequences.
 * `labelled` is the form of slash commands with `should_escape`: `<@U1|name>`.
 */
export function typedText({ world, team }: Pick<Actor, 'world' | 'team'>, text: string, labelled: boolean): string {
  const users = [...team.users.values()];
  const channels = [...world.channels.values()].filter(({ teamId, kind }) => teamId === team.id && kind !== 'im');
  return encode(text)
    .replaceAll(/https?:\/\/[^\s<>]+/g, (address) => `<${address}>`)
    .replaceAll(/(?<![\p{L}\p{N}/@])@([\p{L}\p{N}._-]+)/gu, (whole, name: string) => {
      if (['channel', 'here', 'everyone'].includes(name)) return `<!${name}>`;
      const user = users.find((known) => known.name === name);
      const group = team.groups.find((known) => known.handle === name);
      if (group && !user) return `<!subteam^${group.id}${labelled ? `|@${name}` : ''}>`;
      return user ? `<@${user.id}${labelled ? `|${name}` : ''}>` : whole;
    })
    .replaceAll(/(?<![\p{L}\p{N}/&#])#([\p{L}\p{N}_-]+)/gu, (whole, name: string) => {
      const channel = channels.find((known) => known.name === name);
      return channel ? `<#${channel.id}|${labelled ? name : ''}>` : whole;
    });
}

export function newTrigger({ world, team, user }: Actor): string {
  const id = `${world.newTs()}.${world.newId('T').toLowerCase()}`;
  const expiresAt = world.now() + triggerLifetimeMs;
  world.triggers.set(id, { teamId: team.id, userId: user.id, expiresAt, exchanged: false });
  return id;
}

export function commandFields(actor: Actor, channel: Channel, command: string, text: string): Record<string, string> {
  const { world, team, user } = actor;
  const names = { public: channel.name, private: 'privategroup', im: 'directmessage' };
  return {
    token: world.verificationToken,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: names[channel.kind],
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: world.appId,
    is_enterprise_install: 'false',
    response_url: newResponseUrl(world, 'commands', { teamId: team.id, channelId: channel.id, userId: user.id }),
    trigger_id: newTrigger(actor),
  };
}

/** What every interaction payload begins with. */
export function interaction(actor: Actor, type: string): Json {
  const { world, team, user } = actor;
  return {
    type,
    token: world.verificationToken,
    api_app_id: world.appId,
    team: { id: team.id, domain: team.domain },
    user: { id: user.id, username: user.name, name: user.name, team_id: team.id },
    enterprise: null,
    is_enterprise_install: false,
  };
}

const channelOf = ({ id, name, kind }: Channel): Json => ({
  id,
  name: kind === 'im' ? 'directmessage' : kind === 'private' ? 'privategroup' : name,
});

/** A press on a message. An ephemeral one is not in the payload: Slack keeps none. */
export function messageActionPayload(actor: Actor, channel: Channel, message: Message, action: Json): Json {
  const { world, team, user } = actor;
  const isEphemeral = message.visibleTo !== undefined;
  const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  const place = { message_ts: message.ts, channel_id: channel.id, is_ephemeral: isEphemeral, ...thread };
  const urlFor = { teamId: team.id, channelId: channel.id, userId: user.id, original: message };
  return {
    ...interaction(actor, 'block_actions'),
    container: { type: 'message', ...place },
    trigger_id: newTrigger(actor),
    channel: channelOf(channel),
    ...(isEphemeral ? {} : { message: messageJson(world, message) }),
    state: { values: {} },
    response_url: newResponseUrl(world, 'actions', urlFor),
    actions: [action],
  };
}

export function messageShortcutPayload(actor: Actor, channel: Channel, message: Message, callbackId: string): Json {
  const { world, team, user } = actor;
  return {
    ...interaction(actor, 'message_action'),
    callback_id: callbackId,
    trigger_id: newTrigger(actor),
    action_ts: world.newTs(),
    channel: channelOf(channel),
    message_ts: message.ts,
    message: messageJson(world, message),
    response_url: newResponseUrl(world, 'actions', { teamId: team.id, channelId: channel.id, userId: user.id }),
  };
}

/** What the payload calls the choice in a menu that lists no options of its own. */
const choiceNames: Record<string, string | undefined> = {
  users_select: 'selected_user',
  conversations_select: 'selected_conversation',
  channels_select: 'selected_channel',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
};

/** The pressed or chosen element as payloads name it. @throws {ClientError} when the menu has no such option. */
export function actionJson(world: World, action: SeenAction, option: string | undefined): Json {
  const { actionId, blockId, kind, label, value, style } = action;
  const named = { type: kind, action_id: actionId, block_id: blockId, action_ts: world.newTs() };
  const plain = (text: string) => ({ type: 'plain_text', text: encode(text), emoji: true });
  if (kind === 'button') {
    return { ...named, text: plain(label), ...(value === undefined ? {} : { value }), ...(style ? { style } : {}) };
  }
  const choiceName = choiceNames[kind];
  if (choiceName) return { ...named, [choiceName]: option };
  const chosen = action.options?.find((known) => known.value === option || known.label === option);
  if (!chosen) throw new ClientError('no_such_option', `${actionId} has no option ${option}`);
  const selected = { text: plain(chosen.label), value: chosen.value };
  return { ...named, ...(kind === 'checkboxes' ? { selected_options: [selected] } : { selected_option: selected }) };
}

/** A person's message as the Events API has it. */
export function messageEvent({ world, team }: Pick<Actor, 'world' | 'team'>, channel: Channel, message: Message): Json {
  const kinds = { public: 'channel', private: 'group', im: 'im' };
  const parent = channel.messages.find(({ ts }) => ts === message.threadTs);
  return {
    ...messageJson(world, message),
    ...(message.fromBot ? {} : { client_msg_id: crypto.randomUUID() }),
    ...(message.files.length > 0 ? { subtype: 'file_share' } : {}),
    ...(message.files.length > 0 ? { files: message.files.map((file) => fileJson(world, file)) } : {}),
    ...(parent ? { parent_user_id: parent.userId } : {}),
    team: team.id,
    channel: channel.id,
    event_ts: message.ts,
    channel_type: kinds[channel.kind],
  };
}
