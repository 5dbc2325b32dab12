import { Routes } from 'discord.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { openGuild } from '#tests/servers/discord-scene.ts';
import { connectApp, restOf } from '#tests/servers/discord-sdk.ts';

interface Received {
  id: string;
  token: string;
}

const { server, channel, ann } = await openGuild({ rates: {} });

describe('an interaction’s token', () => {
  beforeAll(async () => {
    const body = [{ name: 'imagine', description: 'x', integration_types: [0, 1], contexts: [0, 1, 2] }];
    await restOf(server).put(Routes.applicationCommands(server.applicationId), { body });
  });

  /** Runs `use` with the interaction of an app that answers nothing by itself. */
  async function withInteraction(
    ask: () => Promise<unknown>,
    use: (calls: ReturnType<typeof callsOf>) => Promise<unknown>,
  ): Promise<void> {
    const { promise: arrived, resolve } = Promise.withResolvers<Received>();
    await using app = await connectApp(server);
    app.client.on(
      'raw' as never,
      ((event: { t: string; d: Received }) => {
        if (event.t === 'INTERACTION_CREATE') resolve(event.d);
      }) as never,
    );
    // Whether the person got an answer is not what is tested.
    ask().catch(() => undefined);
    const { id, token } = await arrived;
    await use(callsOf(id, token));
  }

  function callsOf(id: string, token: string) {
    const rest = restOf(server);
    const path = Routes.webhook(server.applicationId, token);
    return {
      callback: (body: unknown) => rest.post(Routes.interactionCallback(id, token), { body, auth: false }),
      followUp: (body: unknown) => rest.post(path as never, { body, auth: false }),
      original: (body: unknown) =>
        rest.patch(Routes.webhookMessage(server.applicationId, token), { body, auth: false }),
    };
  }
  const reply = { type: 4, data: { content: 'x' } };
  const edit = { content: 'y' };

  test('takes one answer, only in time, and nothing before it', async () => {
    await withInteraction(
      () => ann.slash(channel, 'imagine'),
      async ({ callback, followUp }) => {
        await expect(followUp(edit)).rejects.toMatchObject({ code: 10015 });
        await expect(callback({ type: 7, data: edit })).rejects.toMatchObject({ code: 50035 });
        await callback(reply);
        await expect(callback(reply)).rejects.toMatchObject({ code: 40060 });
      },
    );
    await withInteraction(
      () => ann.slash(channel, 'imagine'),
      async ({ callback }) => {
        server.advance(3001);
        await expect(callback(reply)).rejects.toMatchObject({ code: 10062, status: 404 });
      },
    );
  });

  test('ends after fifteen minutes', async () => {
    await withInteraction(
      () => ann.slash(channel, 'imagine'),
      async ({ callback, original, followUp }) => {
        await callback({ type: 5, data: { flags: 64 } });
        server.advance(14 * 60_000);
        await original(edit);
        expect(ann.sees(channel).at(-1)).toMatchObject({ text: 'y', private: true });
        server.advance(61_000);
        await expect(original(edit)).rejects.toMatchObject({ code: 50027, status: 401 });
        await expect(followUp(edit)).rejects.toMatchObject({ code: 50027 });
      },
    );
  });

  test('gives five follow-ups where only the person has the app, and no way into the channel', async () => {
    const foreign = server.addGuild({ hasApp: false });
    const place = foreign.addChannel();
    const bob = server.addPerson({ hasApp: true });
    foreign.admit(bob);
    await withInteraction(
      () => bob.slash(place, 'imagine'),
      async ({ callback, followUp }) => {
        await callback(reply);
        for (let count = 0; count < 5; count += 1) {
          await followUp(edit);
          server.advance(1000);
        }
        await expect(followUp(edit)).rejects.toMatchObject({ code: 40094 });
        const send = restOf(server).post(Routes.channelMessages(place.id), { body: edit });
        await expect(send).rejects.toMatchObject({ code: 50001 });
        expect(bob.sees(place)).toHaveLength(6);
      },
    );
  });

  test('is private for a person who may not use their own apps in public', async () => {
    const foreign = server.addGuild({ hasApp: false });
    const place = foreign.addChannel();
    const bob = server.addPerson({ hasApp: true });
    foreign.admit(bob);
    place.forbid('everyone', ['useExternalApps']);
    place.forbid(bob, ['useExternalApps']);
    await withInteraction(
      () => bob.slash(place, 'imagine'),
      async ({ callback }) => {
        await callback(reply);
        expect(bob.sees(place)).toMatchObject([{ private: true, text: 'x' }]);
      },
    );
  });

  test('a private message is not in the channel for anybody else', async () => {
    await withInteraction(
      () => ann.slash(channel, 'imagine'),
      async ({ callback, original }) => {
        await callback({ type: 4, data: { content: 'secret', flags: 64 } });
        const seen = ann.sees(channel).at(-1);
        const rest = restOf(server);
        const path = Routes.channelMessage(channel.id, seen?.id ?? '');
        await expect(rest.get(path)).rejects.toMatchObject({ code: 10008 });
        await original({ content: 'still secret', flags: 0 });
        expect(ann.sees(channel).at(-1)).toMatchObject({ text: 'still secret', private: true });
      },
    );
  });

  test('what was never registered cannot be typed', async () => {
    await expect(ann.slash(channel, 'paint')).rejects.toThrow('not registered');
    await expect(ann.slash(channel, 'imagine', { prompt: 'x' })).rejects.toThrow('no option prompt');
    expect(server.violations).toEqual(
      ['/paint is not registered', '/imagine has no option prompt'].map((breach) =>
        expect.stringContaining(breach.slice(1)),
      ),
    );
  });
});
