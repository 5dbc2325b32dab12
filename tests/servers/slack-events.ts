import type { Courier, Delivery } from '#tests/servers/slack-delivery.ts';
import { messageJson } from '#tests/servers/slack-messages.ts';
import { messageEvent } from '#tests/servers/slack-payloads.ts';
import { eventScopes } from '#tests/servers/slack-scopes.ts';
import type { Channel, Json, Message, Workspace, World } from '#tests/servers/slack-world.ts';

/** Sends the app what it is subscribed to and may know. */
export function createEvents(world: World, courier: Courier, subscribed: readonly string[] | undefined) {
  /** `name` is the subscription: `message.im`, not `message`. */
  async function send(team: Workspace, name: string, event: Json): Promise<Delivery[]> {
    const scope = eventScopes[name];
    if (subscribed && !subscribed.includes(name)) return [];
    if (scope !== undefined && !team.scopes.includes(scope)) return [];
    return [await courier.sendEvent(team, { event_ts: world.newTs(), ...event })];
  }

  const subscriptionOf = ({ kind }: Channel): string =>
    ({ public: 'message.channels', private: 'message.groups', im: 'message.im' })[kind];

  async function inChannel(team: Workspace, channel: Channel, event: Json): Promise<Delivery[]> {
    if (!channel.members.has(team.botUserId) || team.installation !== 'installed') return [];
    return await send(team, subscriptionOf(channel), event);
  }

  return {
    send,
    /** A new message: `message`, and `app_mention` too where the bot is mentioned (in a DM it is not). */
    async posted(team: Workspace, channel: Channel, message: Message): Promise<Delivery[]> {
      if (message.visibleTo !== undefined || team.installation !== 'installed') return [];
      const event = messageEvent({ world, team }, channel, message);
      const isMention = !message.fromBot && message.text.includes(`<@${team.botUserId}>`) && channel.kind !== 'im';
      const isMember = channel.members.has(team.botUserId);
      const { channel_type: _, subtype: _subtype, ...mention } = event;
      const sent = await Promise.all([
        inChannel(team, channel, event),
        isMention && isMember ? send(team, 'app_mention', { ...mention, type: 'app_mention' }) : [],
      ]);
      return sent.flat();
    },
    /** An edit, heard by those who read the channel. */
    async edited(team: Workspace, channel: Channel, message: Message): Promise<Delivery[]> {
      if (message.visibleTo !== undefined) return [];
      const { channel_type } = messageEvent({ world, team }, channel, message);
      const where = { channel: channel.id, channel_type, ts: world.newTs(), hidden: true };
      const changed = { type: 'message', subtype: 'message_changed', message: messageJson(world, message) };
      return await inChannel(team, channel, { ...changed, ...where });
    },
    async deleted(team: Workspace, channel: Channel, message: Message): Promise<Delivery[]> {
      const { channel_type } = messageEvent({ world, team }, channel, message);
      const previous = { previous_message: messageJson(world, message), deleted_ts: message.ts, hidden: true };
      const where = { channel: channel.id, channel_type, ts: world.newTs() };
      return await inChannel(team, channel, { type: 'message', subtype: 'message_deleted', ...where, ...previous });
    },
  };
}

export type Events = ReturnType<typeof createEvents>;
