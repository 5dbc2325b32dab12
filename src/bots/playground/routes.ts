import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { BotDeps } from '#bots/define.ts';
import { answerErrors } from '#bots/playground/answer-errors.ts';
import { streamEvents } from '#bots/playground/events.ts';
import { serveFiles } from '#bots/playground/files.ts';
import { guardPlayground } from '#bots/playground/guard.ts';
import { postedAction, postedMessage, readCall } from '#bots/playground/inbound.ts';
import type { PlaygroundConfig } from '#bots/playground/index.ts';
import { showMessage } from '#bots/playground/outbound.ts';
import { describePage } from '#bots/playground/page.ts';
import { RequestRefused } from '#bots/playground/refusal.ts';
import { attachmentBytesMax, findUser, type PlaygroundUser, room, senderOf } from '#bots/playground/room.ts';
import { typedLine } from '#core/commands/typed-line.ts';
import { StorageFullError } from '#core/ports/blobs.ts';
import type { ChatCore, FileRef } from '#core/ports/chat.ts';
import type { MessageRef } from '#core/ports/delivery.ts';

const webFolder = fileURLToPath(new URL('./web', import.meta.url));
/** The package's root holds its build for browsers; what resolves here is the one for Node. */
const litFolder = fileURLToPath(import.meta.resolve('lit-html')).replace(/(node_modules[\\/]lit-html)[\\/].*$/, '$1');
/** Base64 is a third larger than what it holds; the rest is for the text. */
const bodyBytesMax = Math.ceil((attachmentBytesMax * 4) / 3) + 1024 * 1024;
const listedMax = 500;

/** The page and its JSON interface, below /playground. */
export function createRoutes(config: PlaygroundConfig, deps: BotDeps, findCore: () => ChatCore | undefined) {
  const { i18n, blobs } = deps;
  const store = deps.stores.playground;

  function requireCore(): ChatCore {
    const core = findCore();
    if (!core) throw new RequestRefused(503, 'notStarted');
    return core;
  }

  function requireUser(name: unknown): PlaygroundUser {
    const user = typeof name === 'string' ? findUser(name) : undefined;
    if (!user) throw new RequestRefused(404, 'unknownUser', { user: String(name ?? '') });
    return user;
  }

  const queryUser = (query: unknown) => requireUser((query as Record<string, unknown>).user);

  async function keep(workspaceId: string, bytes: Uint8Array): Promise<string> {
    try {
      return await blobs.put(workspaceId, bytes);
    } catch (error) {
      if (error instanceof StorageFullError) throw new RequestRefused(507, 'storageFull');
      throw error;
    }
  }

  /** Runs what a person typed or pressed, and shows the answer; resolves to what is to be filled in, as a line. */
  async function say(
    user: PlaygroundUser,
    said: { messageId: string; requestId: string; text: string; files: FileRef[] },
  ): Promise<{ draft?: string }> {
    const core = requireCore();
    const call = readCall(user, { ...said, deliveryKey: said.messageId });
    const reply = await core.onCall(call);
    if (reply.kind !== 'message') return {};
    if (reply.message.audience === 'channel') await store.publish(said.messageId);
    const added = await store.add({
      key: reply.postingId === undefined ? `reply-${said.messageId}` : `posting-${reply.postingId}`,
      author: 'easel',
      reader: reply.message.audience === 'private' ? user.name : null,
      content: { kind: 'easel', message: reply.message },
    });
    const ref: MessageRef = { platform: 'playground', channel: room.platformId, message: added.id };
    if (reply.postingId !== undefined) await core.onSent(reply.postingId, ref);
    core.onAnswered(call);
    const { form } = reply.message;
    return form ? { draft: typedLine(form) } : {};
  }

  return async (server: FastifyInstance): Promise<void> => {
    await guardPlayground(server, config);
    answerErrors(server, i18n, deps.log);
    await server.register(fastifyStatic, { root: webFolder, prefix: '/playground/assets/' });
    await server.register(fastifyStatic, {
      root: litFolder,
      prefix: '/playground/vendor/lit-html/',
      decorateReply: false,
    });
    server.get('/', (_request, reply) => reply.redirect('/playground'));
    server.get('/playground', (_request, reply) => reply.sendFile('index.html', webFolder));
    serveFiles(server, blobs, store);

    server.get('/playground/api/bootstrap', async (request) => {
      const user = queryUser(request.query);
      const reader = await requireCore().readerOf(senderOf(user));
      return describePage(i18n, user, reader);
    });

    server.get('/playground/api/messages', async (request) => {
      const user = queryUser(request.query);
      const reader = await requireCore().readerOf(senderOf(user));
      const messages = await store.list(user.name, listedMax);
      return messages.map((message) => showMessage(i18n, message, reader));
    });

    server.get('/playground/api/complete', async (request) => {
      const { text } = request.query as Record<string, unknown>;
      return requireCore().complete(senderOf(queryUser(request.query)), typeof text === 'string' ? text : '');
    });

    server.get('/playground/api/events', (request, reply) => {
      const user = queryUser(request.query);
      return streamEvents(reply, deps, user, () => requireCore().readerOf(senderOf(user)));
    });

    server.post('/playground/api/messages', { bodyLimit: bodyBytesMax }, async (request, reply) => {
      const body = postedMessage.parse(request.body);
      const user = requireUser(body.user);
      requireCore();
      const files = (body.attachments ?? []).map((file) => ({ ...file, bytes: Buffer.from(file.base64, 'base64') }));
      if (files.reduce((sum, file) => sum + file.bytes.length, 0) > attachmentBytesMax) throw tooLarge();
      const workspaceId = await store.workspaceId();
      const refs: FileRef[] = await Promise.all(
        files.map(async ({ name, type, bytes }) => ({
          name: storable(name),
          type,
          bytes: bytes.length,
          locator: await keep(workspaceId, bytes),
        })),
      );
      const typed = await store.add({
        key: `typed-${randomUUID()}`,
        author: user.name,
        reader: user.name,
        content: {
          kind: 'typed',
          text: storable(body.text),
          files: refs.map(({ name, locator }) => ({ name, blob: locator })),
        },
      });
      const asked = await say(user, { messageId: typed.id, requestId: request.id, text: body.text, files: refs });
      return reply.code(202).send({ id: typed.id, ...asked });
    });

    server.post('/playground/api/actions', async (request, reply) => {
      const body = postedAction.parse(request.body);
      const user = requireUser(body.user);
      const message = await store.find(body.messageId);
      if (!message || (message.reader !== null && message.reader !== user.name))
        throw new RequestRefused(404, 'unknownMessage');
      requireCore();
      const typed = await store.add({
        key: `pressed-${randomUUID()}`,
        author: user.name,
        reader: user.name,
        content: { kind: 'typed', text: `/${body.actionId}`, files: [] },
      });
      const asked = await say(user, { messageId: typed.id, requestId: request.id, text: body.actionId, files: [] });
      return reply.code(202).send({ id: typed.id, ...asked });
    });
  };
}

/** Typed text as PostgreSQL can hold it. */
function storable(typed: string): string {
  return typed.toWellFormed().replaceAll('\0', '\u2400');
}

export function tooLarge(): RequestRefused {
  return new RequestRefused(413, 'tooLarge', { max: attachmentBytesMax / 1024 / 1024 });
}
