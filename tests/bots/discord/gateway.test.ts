import { afterEach, expect, test } from 'vitest';
import type { Lease } from '#bots/define.ts';
import { createDiscord } from '#bots/discord/index.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';
import { endScenes, play } from '#tests/bots/discord/scene.ts';
import { noRates } from '#tests/bots/discord/start-discord.ts';
import { replying, titled } from '#tests/bots/outgoing.ts';
import { createScriptedCore } from '#tests/bots/scripted-core.ts';
import { startDiscordServer } from '#tests/servers/discord.ts';

afterEach(endScenes);

const wait = { interval: 5, timeout: 15_000 };

test('what is said while the connection is down is answered once it is back', async () => {
  const { server, core, channel, mei } = await play('gateway');
  core.next(
    replying(titled('one', { audience: 'private' })),
    replying(titled('two'), '1'),
    replying(titled('three', { audience: 'private' })),
  );
  server.gateway.disconnect();
  expect(await mei.slash(channel, 'quota')).toMatchObject({ message: { text: 'one' } });
  server.gateway.disconnect({ code: 4000 });
  mei.write(channel, 'a fox', { mention: true });
  await core.untilSent(1);
  server.gateway.askToReconnect();
  expect(await mei.slash(channel, 'quota')).toMatchObject({ message: { text: 'three' } });
  expect(core.calls).toHaveLength(3);
  expect(server.gateway.sessions, 'one session all along').toHaveLength(1);
});

test('a wrong token fails nothing and is told once, without the token', async () => {
  await using server = await startDiscordServer({ rates: noRates });
  const { deps, logs } = createBotDeps();
  const bot = createDiscord({ token: 'a-wrong-token', publicKey: undefined, apiUrl: server.url }, deps);
  await bot.platform.start(createScriptedCore());
  await expect.poll(() => logs.filter(({ level }) => level === 'error').length, wait).toBe(1);
  await bot.platform.stop();
  const errors = logs.filter(({ level }) => level === 'error' || level === 'warn');
  expect(errors).toHaveLength(1);
  expect(errors[0]?.message).toContain('DISCORD_TOKEN');
  expect(JSON.stringify(logs)).not.toContain('a-wrong-token');
  expect(server.requests).toHaveLength(1);
});

test('a Discord that cannot be reached delays nothing, and is taken up when it can', async () => {
  const first = await startDiscordServer({ rates: noRates });
  const { url } = first;
  await first.close();
  const { deps, logs } = createBotDeps();
  const bot = createDiscord({ token: first.token, publicKey: undefined, apiUrl: url }, deps);
  await bot.platform.start(createScriptedCore());
  await expect.poll(() => logs.filter(({ level }) => level === 'warn').length, wait).toBeGreaterThan(0);
  const port = Number(new URL(url).port);
  const second = await startDiscordServer({ rates: noRates, port });
  await second.connected();
  await second.registered('imagine');
  await second.close();
  await using third = await startDiscordServer({ rates: noRates, port });
  await third.connected();
  await bot.platform.stop();
  expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a stop while it is connecting, or waiting to, leaves no connection behind', async () => {
  await using server = await startDiscordServer({ rates: noRates });
  const open = () => server.gateway.sessions.filter(({ socket }) => socket).length;
  for (const moment of ['at once', 'when connected', 'after a cut', 'after an invalid session'] as const) {
    const { deps } = createBotDeps();
    const bot = createDiscord({ token: server.token, publicKey: undefined, apiUrl: server.url }, deps);
    await bot.platform.start(createScriptedCore());
    if (moment !== 'at once') await server.connected();
    if (moment === 'after a cut') server.gateway.disconnect();
    if (moment === 'after an invalid session') server.gateway.invalidateSessions(false);
    const connections = server.gateway.sessions.length;
    await bot.platform.stop();
    await expect.poll(open, wait).toBe(0);
    expect(server.gateway.sessions.length, moment).toBeLessThanOrEqual(connections + 1);
  }
});

test('one process at a time listens; the next takes over, and each command is answered once', async () => {
  const { lease, holders } = createExclusiveLease();
  await using server = await startDiscordServer({ rates: noRates });
  const cores = [createScriptedCore(), createScriptedCore()] as const;
  const bots = cores.map(() => {
    const { deps } = createBotDeps({ lease });
    return createDiscord({ token: server.token, publicKey: undefined, apiUrl: server.url }, deps);
  });
  server.addGuild();
  const mei = server.addPerson();
  for (const [index, bot] of bots.entries()) await bot.platform.start(cores[index] ?? createScriptedCore());
  await server.connected();
  await server.registered('quota');
  await mei.slash(mei.dm, 'quota');
  expect(cores.map(({ calls }) => calls.length)).toEqual([1, 0]);
  const connected = () => server.gateway.sessions.filter(({ socket }) => socket).map(({ id }) => id);
  const [first, ...others] = connected();
  expect(others).toEqual([]);
  await bots[0]?.platform.stop();
  await expect.poll(connected, wait).toEqual([expect.not.stringContaining(first ?? 'none')]);
  await mei.slash(mei.dm, 'quota');
  expect(cores.map(({ calls }) => calls.length)).toEqual([1, 1]);
  expect(holders()).toBe(1);
  await bots[1]?.platform.stop();
  await bots[1]?.platform.stop();
  await expect.poll(connected, wait).toEqual([]);
});

/** One holder of a name at a time; the others wait in turn. */
function createExclusiveLease(): { lease: Lease; holders: () => number } {
  let holding = 0;
  let turn = Promise.resolve();
  return {
    holders: () => holding,
    lease: {
      hold(_name, run) {
        const controller = new AbortController();
        const running = turn.then(async () => {
          if (controller.signal.aborted) return;
          holding += 1;
          await run(controller.signal);
          holding -= 1;
        });
        turn = running;
        return {
          async stop() {
            controller.abort();
            await running;
          },
        };
      },
    },
  };
}
