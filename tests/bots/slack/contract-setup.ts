import { randomUUID } from 'node:crypto';
import { type SlackMode, startSlack } from '#tests/bots/slack/start-slack.ts';
import type { ChatPlatformSetup, ContractPerson, SeenMessage } from '#tests/contracts/chat-platform.ts';
import type { Delivery } from '#tests/servers/slack-delivery.ts';
import type { SlackUser } from '#tests/servers/slack-people.ts';
import type { SeenMessage as SlackMessage } from '#tests/servers/slack-view.ts';

/** Commands that Slack keeps to itself are typed after the bot's own. */
const reserved = /^\/(status)\b/;

/** A channel with the workspace's primary owner, who reads English, and a member, who reads Traditional Chinese. */
export async function startContract(mode: SlackMode): Promise<ChatPlatformSetup> {
  const started = await startSlack(mode);
  const { server, team, bot, blobs } = started;
  const asker = team.addUser('ada', { primaryOwner: true, admin: true, locale: 'en-US' });
  const other = team.addUser('bo', { locale: 'zh-TW' });
  const channel = team.addChannel('studio');
  const everyone = new Map([asker, other].map((user) => [user.id, user]));
  const userOf = ({ account }: ContractPerson): SlackUser => {
    const user = everyone.get(account);
    if (!user) throw new Error(`nobody is ${account}`);
    return user;
  };
  let last: Delivery[] = [];

  async function mention(person: ContractPerson, text: string, files: { name: string; bytes: Uint8Array }[] = []) {
    const { deliveries } = await userOf(person).write(channel, text, { mention: true, files });
    last = deliveries;
    const refused = deliveries.find(({ error }) => error !== undefined);
    if (refused) throw new Error(`an event got ${refused.status} ${refused.error}`);
    await bot.settled();
  }

  const seenBy = ({ account }: ContractPerson): SlackMessage[] => {
    const direct = everyone.get(account)?.dmChannel().id ?? '';
    return [...server.seen(channel.id, account), ...server.seen(direct, account)]
      .filter(({ fromBot }) => fromBot)
      .toSorted((a, b) => Number(a.ts) - Number(b.ts));
  };

  return {
    platform: { ...bot.platform, start: started.start },
    people: {
      asker: { account: asker.id, standing: 'owner', locale: 'en-US' },
      other: { account: other.id, standing: 'member', locale: 'zh-TW' },
    },
    stranger: 'U0STRANGER',
    putBlob: (bytes) => blobs.put(randomUUID(), bytes),
    sendsTwice: 'Slack knows no key by which the same message is the same',
    typesItself: 'Slack finds out by the bytes what a file is',
    seen: async (person) => seenBy(person).map(toSeen),
    async say(person, text, files = []) {
      // Slash commands carry no files, and Slack cuts the rims of their text off.
      if (files.length > 0 || text !== text.trim()) return mention(person, text, files);
      const [, command = '', words = ''] = /^(\/\w+)\s?([\s\S]*)$/.exec(text.replace(reserved, '/easel $1')) ?? [];
      const { delivery } = await userOf(person).command(channel, command, words);
      last = [delivery];
      await bot.settled();
    },
    address: mention,
    async answer(person, messageId, text) {
      const { thread, ts } = seenBy(person).find((seen) => toSeen(seen).id === messageId) ?? { ts: '' };
      await userOf(person).write(channel, text, { mention: true, thread: thread ?? ts });
      await bot.settled();
    },
    async press(person, messageId, actionId) {
      const message = seenBy(person).find((seen) => toSeen(seen).id === messageId);
      if (!message) throw new Error('the message is not there');
      await userOf(person).press(message, actionId);
      await bot.settled();
    },
    async pick(person, messageId, choiceId) {
      const message = seenBy(person).find((seen) => toSeen(seen).id === messageId);
      const menu = message?.actions.find(({ options }) => options?.some(({ value }) => value === choiceId));
      if (!message || !menu) throw new Error('the menu is not there');
      await userOf(person).press(message, menu.actionId, { option: choiceId });
      await bot.settled();
    },
    async redeliver() {
      for (const delivery of last) await server.repeat(delivery, { newEventId: true });
      await bot.settled();
    },
    async remove(ref) {
      const message = server.seen(ref.channel, asker.id).find(({ ts }) => ts === ref.message);
      if (message) await asker.remove(message);
    },
    async reopen() {
      return started.another().platform;
    },
    absent: { platform: 'slack', channel: channel.id, message: '1700000000.000001' },
    async stop() {
      await started.stop();
      if (server.violations.length > 0) throw new Error(server.violations.join('\n'));
    },
  };
}

function toSeen({ channelId, ts, text, images, actions, edits }: SlackMessage): SeenMessage {
  return {
    id: `${channelId}/${ts}`,
    text,
    images: images.map(({ alt, bytes }) => ({ alt, bytes: bytes ?? new Uint8Array() })),
    actions: actions.flatMap(({ kind, value, label }) => (kind === 'button' ? [{ id: value ?? '', label }] : [])),
    choices: actions.flatMap(({ options = [] }) =>
      options.map(({ value, label: said }) => ({ id: value, label: said })),
    ),
    edits,
  };
}
