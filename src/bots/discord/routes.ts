import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type AnswerDeps, answerInteraction, type ImmediateAnswer } from '#bots/discord/answer-interaction.ts';
import { completeOption } from '#bots/discord/complete.ts';
import { type DiscordInteraction, readInteraction } from '#bots/discord/inbound.ts';
import type { Listener } from '#bots/discord/listener.ts';
import { responseType } from '#bots/discord/protocol.ts';
import { isSigned } from '#bots/discord/verify-signature.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import type { Logger } from '#src/logger.ts';

/** An interaction is a few kilobytes, with a filled in form some dozens. */
const bodyBytesMax = 1024 * 1024;

/** POST /discord/interactions: what Discord sends when an app has an endpoint instead of the gateway. */
export function createRoutes(deps: { publicKey: KeyObject; now: () => number; listener: Listener; log: Logger }) {
  return async (server: FastifyInstance): Promise<void> => {
    server.removeAllContentTypeParsers();
    // The signature is over the bytes as they came.
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      const statusCode = error.statusCode && error.statusCode < 500 ? error.statusCode : 503;
      if (statusCode === 503) deps.log.error({ err: error }, 'an interaction could not be taken');
      return reply.code(statusCode).send({ error: statusCode === 413 ? 'too large' : 'refused' });
    });

    server.post('/discord/interactions', { bodyLimit: bodyBytesMax }, async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const signature = request.headers['x-signature-ed25519'];
      const timestamp = request.headers['x-signature-timestamp'];
      if (!isSigned(deps.publicKey, { signature, timestamp, body }, deps.now())) {
        return reply.code(401).send({ error: 'bad signature' });
      }
      const interaction = parse(body);
      if (!interaction) return reply.code(400).send({ error: 'malformed' });
      if (interaction.kind === 'ping') return { type: responseType.pong };
      const running = deps.listener.running();
      if (!running) return reply.code(503).send({ error: 'stopped' });
      if (interaction.kind === 'completion') return completeOption(running.deps, running.core, interaction.said);
      if (interaction.kind === 'other') return reply.code(400).send({ error: 'unknown type' });
      return answerInResponse(running.deps, running.core, interaction, reply);
    });
  };

  function answerInResponse(
    answerDeps: AnswerDeps,
    core: ChatCore,
    interaction: Extract<DiscordInteraction, { kind: 'command' | 'button' }>,
    reply: FastifyReply,
  ): Promise<ImmediateAnswer> {
    const { promise, resolve } = Promise.withResolvers<ImmediateAnswer>();
    const gone = once(reply.raw, 'close');
    const work = answerInteraction(answerDeps, core, interaction, async (answer) => {
      resolve(answer);
      await gone;
      return undefined;
    });
    deps.listener.track(work);
    return promise;
  }
}

function parse(body: Buffer): DiscordInteraction | undefined {
  try {
    return readInteraction(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}
