import { expect } from 'vitest';
import type { ChatCore, ChatPlatform } from '#core/ports/chat.ts';
import { type DiscordMode, startDiscord } from '#tests/bots/discord/start-discord.ts';
import type { ChatPlatformSetup, ContractFile, ContractPerson } from '#tests/contracts/chat-platform.ts';
import type { Person } from '#tests/servers/discord-people.ts';

/** A guild with one channel and two people, for the contract. */
export async function startContract(mode: DiscordMode): Promise<ChatPlatformSetup> {
  const started = await startDiscord(mode);
  const { server, bot, blobs } = started;
  const guild = server.addGuild({ name: 'Atelier' });
  const channel = guild.addChannel({ name: 'pictures' });
  const people = [
    guild.addMember({ name: 'Mei', locale: 'zh-TW', permissions: ['manageGuild'] }),
    guild.addMember({ name: 'Sam', locale: 'en-US' }),
  ] as const;
  const known = new Map<string, Person>(people.map((person) => [person.id, person]));
  const personOf = ({ account }: ContractPerson): Person => {
    const person = known.get(account);
    if (!person) throw new Error(`nobody is ${account}`);
    return person;
  };

  let answered = 0;
  const owed = new Set<string>();
  /** Notes what the platform still has to tell the core. */
  const watch = (core: ChatCore): ChatCore => ({
    ...core,
    async onCall(call) {
      const reply = await core.onCall(call);
      if (reply.kind === 'message' && reply.postingId !== undefined) owed.add(reply.postingId);
      answered += 1;
      return reply;
    },
    async onSent(postingId, ref) {
      await core.onSent(postingId, ref);
      owed.delete(postingId);
    },
  });
  const settle = async () => {
    const wait = { interval: 1, timeout: 10_000 };
    await expect.poll(() => owed.size, wait).toBe(0);
    const places = [channel.id, ...people.map(({ dm }) => dm.id)];
    const isLoading = () =>
      people.some((person) => places.some((place) => server.seen(place, person).some(({ loading }) => loading)));
    await expect.poll(isLoading, wait).toBe(false);
  };
  const oneMore = async (act: () => Promise<unknown>) => {
    const before = answered;
    await act();
    await expect.poll(() => answered, { interval: 1, timeout: 10_000 }).toBeGreaterThan(before);
    await settle();
  };

  const platform: ChatPlatform = { ...bot.platform, start: (core) => started.start(watch(core)) };
  return {
    platform,
    people: {
      asker: { account: people[0].id, standing: 'admin', locale: 'zh-TW' },
      other: { account: people[1].id, standing: 'member', locale: 'en-US' },
    },
    stranger: server.addGuild({ name: 'Elsewhere' }).addMember({ name: 'Sue' }).id,
    putBlob: (bytes) => blobs.put('atelier', bytes),
    async seen(person) {
      const reader = personOf(person);
      const plain = [channel.id, reader.dm.id].flatMap((place) => server.seen(place, reader));
      const inThreads = plain.flatMap(({ threadId }) => (threadId ? server.seen(threadId, reader) : []));
      const messages = [...plain, ...inThreads];
      return messages
        .filter(({ author }) => author.bot)
        .toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))
        .map(({ id, text, images, files, actions, edits }) => ({
          id,
          text,
          images: [
            ...images.map(({ alt, bytes, spoiler }) => ({ alt, bytes, spoiler })),
            ...files.map(({ bytes }) => ({ alt: '', bytes })),
          ],
          actions: actions
            .filter(({ kind }) => kind === 'button')
            .map((action) => ({ id: action.id, label: action.label })),
          choices: actions.flatMap(({ options }) => options.map(({ value, label }) => ({ id: value, label }))),
          edits,
        }));
    },
    async say(person, text, files) {
      const [, name = '', rest = ''] = /^\/(\w+) ?([\s\S]*)$/.exec(text) ?? [];
      await personOf(person).slash(channel, name, typedOptions(name, rest), { files: attached(files ?? []) });
      await settle();
    },
    ...(mode === 'gateway'
      ? {
          address: (person: ContractPerson, text: string) =>
            oneMore(async () => personOf(person).write(channel, text, { mention: true })),
          answer: (person: ContractPerson, messageId: string, text: string) =>
            oneMore(async () => personOf(person).write(channel, text, { mention: true, replyTo: messageId })),
        }
      : {}),
    async pick(person, messageId, choiceId) {
      const message = server.seen(channel.id, personOf(person)).find(({ id }) => id === messageId);
      const menu = message?.actions.find(({ options }) => options.some(({ value }) => value === choiceId));
      await personOf(person).select(messageId, menu?.id ?? '', [choiceId]);
      await settle();
    },
    async press(person, messageId, actionId) {
      await personOf(person).press(messageId, actionId);
      await settle();
    },
    redeliver: () => oneMore(() => server.redeliver()),
    async remove(ref) {
      const address = `${server.url}/v10/channels/${ref.channel}/messages/${ref.message}`;
      const deleted = await fetch(address, { method: 'DELETE', headers: { authorization: `Bot ${server.token}` } });
      expect(deleted.status).toBe(204);
    },
    reopen: async () => started.another().platform,
    absent: { platform: 'discord', channel: channel.id, message: '1100000000000000000' },
    stop: started.stop,
  };
}

function typedOptions(command: string, rest: string): Record<string, string> {
  if (rest === '') return {};
  return command === 'imagine' ? { prompt: rest } : { batch: rest };
}

function attached(files: readonly ContractFile[]): Record<string, ContractFile> {
  return Object.fromEntries(files.map((file, index) => [index === 0 ? 'reference' : `reference-${index + 1}`, file]));
}
