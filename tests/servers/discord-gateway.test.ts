import { GatewayIntentBits, Routes } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { startDiscordServer } from '#tests/servers/discord.ts';
import { connectApp, restOf } from '#tests/servers/discord-sdk.ts';

describe('the gateway', () => {
  test('replays what was missed when an app comes back', async () => {
    await using server = await startDiscordServer();
    const guild = server.addGuild();
    const channel = guild.addChannel();
    const ann = guild.addMember();
    const heard: string[] = [];
    await using app = await connectApp(server, {
      message: async ({ content }) => void heard.push(content),
    });
    ann.write(channel, '1', { mention: true });
    await expect.poll(() => heard).toHaveLength(1);
    for (const cut of [
      () => server.gateway.disconnect(),
      () => server.gateway.disconnect({ code: 4000 }),
      () => server.gateway.askToReconnect(),
      () => server.gateway.invalidateSessions(true),
    ]) {
      const before = server.gateway.sessions[0]?.resumes ?? 0;
      const count = heard.length;
      cut();
      ann.write(channel, 'meanwhile', { mention: true });
      await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(count + 1);
      await expect.poll(() => server.gateway.sessions[0]?.resumes).toBe(before + 1);
    }
    expect(server.gateway.sessions).toHaveLength(1);
    expect(app.client.ws.status).toBe(0);
  });

  test('a forgotten session begins anew, without what was missed', async () => {
    await using server = await startDiscordServer();
    const guild = server.addGuild();
    const channel = guild.addChannel();
    const ann = guild.addMember();
    const heard: string[] = [];
    await using _ = await connectApp(server, { message: async ({ content }) => void heard.push(content) });
    server.gateway.disconnect({ resumable: false });
    ann.write(channel, 'missed', { mention: true });
    await server.connected();
    ann.write(channel, 'heard', { mention: true });
    await expect.poll(() => heard).toHaveLength(1);
    expect(heard[0]).toContain('heard');
  });

  test('turns away a wrong token and intents that were not granted', async () => {
    await using server = await startDiscordServer();
    await expect(connectApp({ url: server.url, token: 'another' })).rejects.toThrow();
    const wanted = [GatewayIntentBits.Guilds, GatewayIntentBits.MessageContent];
    await expect(connectApp(server, {}, wanted)).rejects.toThrow('disallowed intents');
    expect(server.gateway.closed).toEqual([4014]);
    await using allowed = await startDiscordServer({ approvedIntents: GatewayIntentBits.MessageContent });
    await using _ = await connectApp(allowed, {}, wanted);
    expect(allowed.gateway.sessions).toHaveLength(1);
  });

  test('every app with the token hears everything, and each guild comes and goes', async () => {
    await using server = await startDiscordServer();
    const guild = server.addGuild();
    await using one = await connectApp(server);
    await using two = await connectApp(server);
    for (const { client } of [one, two]) expect(client.guilds.cache.has(guild.id)).toBe(true);
    guild.removeApp();
    for (const { client } of [one, two]) await expect.poll(() => client.guilds.cache.size).toBe(0);
    await expect(restOf(server).get(Routes.guild(guild.id))).rejects.toMatchObject({ code: 10004 });
    guild.addApp();
    await expect.poll(() => one.client.guilds.cache.size).toBe(1);
  });
});
