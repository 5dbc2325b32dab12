import { Routes } from 'discord.js';
import { afterAll } from 'vitest';
import { type DiscordServerOptions, startDiscordServer } from '#tests/servers/discord.ts';
import { restOf } from '#tests/servers/discord-sdk.ts';
import { noRate } from '#tests/servers/rates.ts';

/** A Discord with a guild, a channel, a person and, unless rates are given, none for messages. Closed after the tests. */
export async function openGuild(options: DiscordServerOptions = {}) {
  const server = await startDiscordServer({
    rates: { global: noRate, createMessage: noRate, editMessage: noRate, readMessages: noRate, createThread: noRate },
    ...options,
  });
  afterAll(() => server.close());
  const rest = restOf(server);
  const guild = server.addGuild({ activeThreadsMax: 1 });
  const channel = guild.addChannel();
  const ann = guild.addMember();
  /** Posts a message as the app. */
  const send = async (body: unknown, files: { name: string; data: Buffer }[] = [], place = channel.id) =>
    (await rest.post(Routes.channelMessages(place), { body, files })) as { id: string };
  return { server, rest, guild, channel, ann, send };
}

/** A file of that many zeros. */
export const file = (name: string, bytes = 10) => ({ name, data: Buffer.alloc(bytes) });
