import type { SlackManifest } from '#tests/servers/slack.ts';
import { openIm } from '#tests/servers/slack-channels.ts';
import type { Courier } from '#tests/servers/slack-delivery.ts';
import type { Events } from '#tests/servers/slack-events.ts';
import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import { newFile, removeFile, requireUploadAllowed, typeOf } from '#tests/servers/slack-files.ts';
import { isObject } from '#tests/servers/slack-layout.ts';
import { addMessage } from '#tests/servers/slack-messages.ts';
import { react, userJson } from '#tests/servers/slack-methods-people.ts';
import { stackOf } from '#tests/servers/slack-methods-views.ts';
import {
  type Actor,
  actionJson,
  commandFields,
  interaction,
  messageActionPayload,
  messageShortcutPayload,
  newTrigger,
  typedText,
} from '#tests/servers/slack-payloads.ts';
import {
  type Acknowledgement,
  acknowledged,
  actionOf,
  ClientError,
  type SlackUser,
  type WriteOptions,
} from '#tests/servers/slack-people.ts';
import { respondIn } from '#tests/servers/slack-responses.ts';
import { mayRead, type SeenMessage, seenMessage } from '#tests/servers/slack-view.ts';
import { createViewActions } from '#tests/servers/slack-view-actions.ts';
import type { Channel, Json, Message, User, Workspace, World } from '#tests/servers/slack-world.ts';

export interface UserContext {
  world: World;
  courier: Courier;
  events: Events;
  manifest: SlackManifest | undefined;
  fileBytesMax: number;
}

/** A person with everything they can do. */
export function createUser(context: UserContext, team: Workspace, user: User): SlackUser {
  const { world, courier, events, manifest } = context;
  const actor: Actor = { world, team, user };

  function channelOf(id: string): Channel {
    const channel = world.channels.get(id);
    if (!channel || channel.teamId !== team.id || !mayRead(world, channel, user.id)) {
      throw new ClientError('channel_not_found');
    }
    return channel;
  }

  function messageOf({ channelId, ts }: SeenMessage): { channel: Channel; message: Message } {
    const channel = channelOf(channelId);
    const message = channel.messages.findLast((known) => known.ts === ts);
    const isSeen = message && !message.deleted && (message.visibleTo ?? user.id) === user.id;
    if (!isSeen) throw new ClientError('message_not_found');
    return { channel, message };
  }

  const viewActions = createViewActions(courier, actor);

  async function write(channel: Channel, text: string, options: WriteOptions): Promise<Message> {
    if (!channel.members.has(user.id)) throw new ClientError('not_in_channel');
    if (channel.archived) throw new ClientError('is_archived');
    const { thread, files = [], mention = false } = options;
    const uploaded = files.map(({ name, bytes, alt = '' }) => {
      requireUpload(context, team, name, bytes.length);
      const facts = { bytes, type: typeOf(bytes, name), alt, completed: true, processed: true };
      return newFile(world, { teamId: team.id, userId: user.id, name, length: bytes.length, ...facts });
    });
    const typed = typedText(actor, text, false);
    const message = addMessage(world, channel, {
      text: mention ? `<@${team.botUserId}> ${typed}`.trim() : typed,
      blocks: [],
      isMarkdown: false,
      linkNames: false,
      userId: user.id,
      fromBot: false,
      files: uploaded,
      ...(thread === undefined ? {} : { threadTs: thread }),
    });
    const threadTs = thread === undefined ? {} : { threadTs: thread };
    for (const file of uploaded) file.shares.push({ channelId: channel.id, ts: message.ts, ...threadTs });
    return message;
  }

  async function writeAndTell(channel: Channel, text: string, options: WriteOptions = {}) {
    const message = await write(channel, text, options);
    const deliveries = await events.posted(team, channel, message);
    return { message: seenMessage(world, message), deliveries };
  }

  return {
    id: user.id,
    name: user.name,
    async command({ id }, command, text = '', { thread } = {}) {
      const channel = channelOf(id);
      if (thread !== undefined) {
        throw new ClientError('command_in_thread', `${command} is not supported in threads. Sorry!`);
      }
      const known = manifest?.features?.slash_commands;
      const declared = known?.find((candidate) => candidate.command === command);
      if ((known && !declared) || team.installation !== 'installed') {
        throw new ClientError('unknown_command', `${command} is not a valid command.`);
      }
      const escapes = declared?.should_escape ?? known === undefined;
      const sent = escapes ? typedText(actor, text.trim(), true) : text.trim();
      const delivery = await courier.send('slash_commands', commandFields(actor, channel, command, sent));
      const answer = acknowledged(delivery, command);
      showAcknowledgement(actor, channel, answer, command);
      return answer;
    },
    async press(seen, action, { option } = {}) {
      const { channel, message } = messageOf(seen);
      const pressed = actionOf(seenMessage(world, message).actions, action);
      const payload = messageActionPayload(actor, channel, message, actionJson(world, pressed, option));
      return acknowledged(await courier.send('interactive', payload), pressed.label);
    },
    async shortcut(callbackId, seen) {
      const type = seen ? 'message' : 'global';
      const known = manifest?.features?.shortcuts;
      if (known && !known.some((shortcut) => shortcut.callback_id === callbackId && shortcut.type === type)) {
        throw new ClientError('unknown_shortcut');
      }
      if (!seen) {
        const trigger = { callback_id: callbackId, trigger_id: newTrigger(actor), action_ts: world.newTs() };
        return acknowledged(
          await courier.send('interactive', { ...interaction(actor, 'shortcut'), ...trigger }),
          callbackId,
        );
      }
      const { channel, message } = messageOf(seen);
      if (message.visibleTo !== undefined) throw new ClientError('message_not_found');
      const payload = messageShortcutPayload(actor, channel, message, callbackId);
      return acknowledged(await courier.send('interactive', payload), callbackId);
    },
    views: () => stackOf(world, user.id).map(({ view }) => view),
    home: () => world.views.find(({ kind, userId }) => kind === 'home' && userId === user.id)?.view,
    ...viewActions,
    write: async ({ id }, text, options) => await writeAndTell(channelOf(id), text, options),
    async dm(text, options) {
      const home = manifest?.features?.app_home;
      if (home?.messages_tab_enabled === false) throw new ClientError('messages_tab_disabled');
      if (home?.messages_tab_read_only_enabled) throw new ClientError('restricted_action');
      return await writeAndTell(openIm(world, team, user), text, options);
    },
    dmChannel: () => openIm(world, team, user),
    async openHome(tab = 'home') {
      const view = world.views.find(({ kind, userId }) => kind === 'home' && userId === user.id)?.view;
      const place = { user: user.id, channel: openIm(world, team, user).id, tab, ...(view ? { view } : {}) };
      return await events.send(team, 'app_home_opened', { type: 'app_home_opened', ...place });
    },
    react(seen, name) {
      react(world, messageOf(seen).message, name, user.id);
    },
    async remove(seen) {
      const { channel, message } = messageOf(seen);
      if (message.userId !== user.id && !user.admin) throw new ClientError('cant_delete_message');
      message.deleted = true;
      world.changes.emit('change');
      return await events.deleted(team, channel, message);
    },
    removeFile(seen, name) {
      const file = messageOf(seen).message.files.find((known) => known.name === name && known.userId === user.id);
      if (!file) throw new ClientError('cant_delete_file');
      removeFile(world, file);
    },
    reload() {
      for (const channel of world.channels.values()) {
        channel.messages = channel.messages.filter(({ visibleTo }) => visibleTo !== user.id);
      }
      world.changes.emit('change');
    },
    deactivate() {
      user.deactivated = true;
    },
    async change(facts) {
      Object.assign(user, facts);
      return await events.send(team, 'user_change', { type: 'user_change', user: userJson(team, user, true) });
    },
  };
}

/** A command's acknowledgement may itself be the reply. */
function showAcknowledgement(
  { world, team, user }: Actor,
  channel: Channel,
  { body }: Acknowledgement,
  command: string,
) {
  const reply: Json = isObject(body) ? body : { text: body ?? '' };
  const isMessage = (typeof reply.text === 'string' && reply.text !== '') || reply.blocks !== undefined;
  if (!isMessage) return;
  try {
    respondIn(world, { teamId: team.id, userId: user.id }, channel, reply);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    const why = `${error.code} ${JSON.stringify(error.extra)}`;
    throw new ClientError(
      'invalid_command_response',
      `${command} failed with the error "invalid_command_response": ${why}`,
    );
  }
}

function requireUpload(context: UserContext, team: Workspace, name: string, length: number): void {
  try {
    requireUploadAllowed(team, name, length, context.fileBytesMax);
  } catch (error) {
    throw error instanceof ApiRefusal ? new ClientError(error.code) : error;
  }
}
