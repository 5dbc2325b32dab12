import { z } from 'zod';
import type { Bot, BotDefinition, BotDeps } from '#bots/define.ts';
import { splitMessage } from '#bots/playground/outbound.ts';
import { findUser, limits, room } from '#bots/playground/room.ts';
import { createRoutes } from '#bots/playground/routes.ts';
import type { PlaygroundMessage } from '#bots/playground/store.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { DeliveryError, type MessageRef } from '#core/ports/delivery.ts';

const environment = z.object({
  PLAYGROUND: z.enum(['on', 'off']).optional(),
  PLAYGROUND_PASSWORD: z.string().min(1).optional(),
  PUBLIC_URL: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
});
const loopback = /^(127(\.\d+){3}|localhost|::1|\[::1\])$/;

/** The built-in web chat: on by itself only where nobody else can reach it. */
export const playground: BotDefinition = {
  id: 'playground',
  configure(env) {
    const parsed = environment.safeParse(env);
    if (!parsed.success) return { problems: ['PLAYGROUND must be on or off'] };
    const { PLAYGROUND, PLAYGROUND_PASSWORD: password, PUBLIC_URL, HOST } = parsed.data;
    const sheltered = loopback.test(HOST) && !PUBLIC_URL;
    if (!(PLAYGROUND ? PLAYGROUND === 'on' : sheltered)) return null;
    if (!sheltered && !password) {
      return {
        problems: ['PLAYGROUND=on with a HOST that is not loopback, or with PUBLIC_URL, needs PLAYGROUND_PASSWORD'],
      };
    }
    const config = { publicUrl: PUBLIC_URL, password };
    return { id: 'playground', create: (deps) => createPlayground(config, deps) };
  },
};

export interface PlaygroundConfig {
  publicUrl: string | undefined;
  password: string | undefined;
}

function createPlayground(config: PlaygroundConfig, deps: BotDeps): Bot {
  const store = deps.stores.playground;
  let core: ChatCore | undefined;
  const refOf = (message: PlaygroundMessage): MessageRef => ({
    platform: 'playground',
    channel: room.platformId,
    message: message.id,
  });
  return {
    platform: {
      id: 'playground',
      async start(started) {
        core = started;
      },
      split: splitMessage,
      budgets: () => [],
      async send(to, part, attempt) {
        const reader = part.audience === 'private' ? (to.thread ?? null) : null;
        return refOf(
          await store.add({ key: attempt.key, author: 'easel', reader, content: { kind: 'easel', message: part } }),
        );
      },
      async edit(ref, part) {
        const known = z.uuid().safeParse(ref.message).success;
        const edited = known && (await store.edit(ref.message, { kind: 'easel', message: part }));
        if (!edited) throw new DeliveryError('missing', 'the message is not there', { retryable: false });
      },
      async direct(_workspace, account) {
        const conversation = { platform: 'playground', channel: room.platformId, thread: account };
        return { conversation, channel: { ...room, limits } };
      },
      async findStanding(_workspace, account) {
        const user = findUser(account);
        return user && { standing: user.role };
      },
      async open(file, { signal }) {
        signal.throwIfAborted();
        const bytes = await deps.blobs.read(file.locator);
        return new Blob([Buffer.from(bytes)]).stream().pipeThrough(new TransformStream(), { signal });
      },
      async stop() {
        core = undefined;
      },
    },
    part: 'http',
    routes: createRoutes(config, deps, () => core),
    page: '/playground',
  };
}
