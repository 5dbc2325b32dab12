import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type AnswerDeps, type Asked, answerInteraction, deferralOf } from '#bots/discord/answer-interaction.ts';
import { completeOption } from '#bots/discord/complete.ts';
import { type DiscordInteraction, readInteraction } from '#bots/discord/inbound.ts';
import type { Listener } from '#bots/discord/listener.ts';
import { responseType } from '#bots/discord/protocol.ts';
import { isSigned } from '#bots/discord/verify-signature.ts';
import { isAnsweredAtOnce } from '#core/commands/index.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { answeredWith, answerJson, type Webhook, type WebhookAnswer } from '#core/ports/webhook.ts';

/** An interaction is a few kilobytes, with a filled in form some dozens. */
const bodyBytesMax = 1024 * 1024;

/** What Discord posts when an app has an endpoint instead of the gateway. */
export function createWebhook(deps: { publicKey: KeyObject; now: () => number; listener: Listener }): Webhook {
  return {
    path: '/discord/interactions',
    bodyBytesMax,
    read(body, headers) {
      if (!isFromDiscord(body, headers)) return answeredWith(answerJson(401, { error: 'bad signature' }));
      const delivery = body.toString();
      const interaction = parse(delivery);
      if (!interaction) return answeredWith(answerJson(400, { error: 'malformed' }));
      const answer = () => answerNow(interaction);
      if (!isAsked(interaction) || isAnsweredAtOnce(`/${interaction.command}`)) return { answer };
      return { answer, postpone: () => ({ answer: answerJson(200, deferralOf(interaction).answer), delivery }) };
    },
    async resume(delivery) {
      const running = deps.listener.running();
      if (!running) throw new Error('Discord is stopped');
      const interaction = parse(delivery);
      if (!interaction || !isAsked(interaction)) return;
      const work = answerInteraction(running.deps, running.core, interaction, 'deferred');
      deps.listener.track(work);
      await work;
    },
  };

  async function answerNow(interaction: DiscordInteraction): Promise<WebhookAnswer> {
    if (interaction.kind === 'ping') return answerJson(200, { type: responseType.pong });
    const running = deps.listener.running();
    if (!running) return answerJson(503, { error: 'stopped' });
    if (interaction.kind === 'completion')
      return answerJson(200, await completeOption(running.deps, running.core, interaction.said));
    if (interaction.kind === 'other') return answerJson(400, { error: 'unknown type' });
    return answerInResponse(running.deps, running.core, interaction);
  }

  function isFromDiscord(body: Buffer, headers: IncomingHttpHeaders): boolean {
    const [signature, timestamp] = [headers['x-signature-ed25519'], headers['x-signature-timestamp']];
    return isSigned(deps.publicKey, { signature, timestamp, body }, deps.now());
  }

  function answerInResponse(answerDeps: AnswerDeps, core: ChatCore, interaction: Asked): Promise<WebhookAnswer> {
    const answered = Promise.withResolvers<WebhookAnswer>();
    const sent = Promise.withResolvers<void>();
    const work = answerInteraction(answerDeps, core, interaction, async (answer) => {
      answered.resolve({ ...answerJson(200, answer), onSent: sent.resolve });
      await sent.promise;
      return undefined;
    });
    deps.listener.track(work);
    return answered.promise;
  }
}

function isAsked(interaction: DiscordInteraction): interaction is Asked {
  return interaction.kind === 'command' || interaction.kind === 'button' || interaction.kind === 'form';
}

function parse(body: string): DiscordInteraction | undefined {
  try {
    return readInteraction(JSON.parse(body));
  } catch {
    return undefined;
  }
}
