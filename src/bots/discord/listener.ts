import { LRUCache } from 'lru-cache';
import type { Lease } from '#bots/define.ts';
import { acknowledgeByCallback } from '#bots/discord/acknowledge.ts';
import { type AnswerDeps, answerInteraction } from '#bots/discord/answer-interaction.ts';
import { answerMessage } from '#bots/discord/answer-message.ts';
import { completeOption } from '#bots/discord/complete.ts';
import { codeOf } from '#bots/discord/delivery-error.ts';
import { holdGateway } from '#bots/discord/gateway.ts';
import { readInteraction, readMessage } from '#bots/discord/inbound.ts';
import type { KnownAttachments } from '#bots/discord/known-attachments.ts';
import { registerCommands } from '#bots/discord/register-commands.ts';
import { pause } from '#bots/pause.ts';
import { settledWithin } from '#bots/settled-within.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';

export type ListenerDeps = Omit<AnswerDeps, 'signal' | 'isRepeat'> & { attachments: KnownAttachments; lease: Lease };

/** What takes commands in: started once, stopped once; in between it has a core. */
export interface Listener {
  start(core: ChatCore): void;
  /** What answers need while it runs; undefined before and after. */
  running(): { core: ChatCore; deps: AnswerDeps } | undefined;
  /** Stopping waits for it. */
  track(work: Promise<void>): void;
  stop(): Promise<void>;
}

const repeatsKept = 10_000;
const registerFirstWaitMs = 2_000;
const registerMaxWaitMs = 300_000;
/** Answers under way are finished before we go; Discord waits no longer than 3 s for most. */
const finishMaxMs = 5_000;

/** `gateway` undefined: interactions come as HTTP requests. */
export function createListener(deps: ListenerDeps, gateway: { token: string; apiUrl: string } | undefined): Listener {
  const { api, log } = deps;
  const works = new Set<Promise<void>>();
  const repeats = new LRUCache<string, true>({ max: repeatsKept });
  let running: { core: ChatCore; deps: AnswerDeps } | undefined;
  let held: { stop(): Promise<void> } | undefined;
  let registering: Promise<void> | undefined;
  let noting: Promise<void> = Promise.resolve();
  const stopping = new AbortController();

  function track(work: Promise<void>): void {
    const settled = work
      .catch((error: unknown) => log.error({ err: error }, 'an answer was lost'))
      .finally(() => works.delete(settled));
    works.add(settled);
  }

  function isRepeat(interactionId: string): boolean {
    const known = repeats.has(interactionId);
    repeats.set(interactionId, true);
    return known;
  }

  async function takeInteraction(raw: unknown): Promise<void> {
    const interaction = readInteraction(raw);
    if (!running || interaction.kind === 'ping' || interaction.kind === 'other') return;
    const acknowledge = acknowledgeByCallback(api, interaction);
    if (interaction.kind === 'completion') {
      await acknowledge(await completeOption(running.deps, running.core, interaction.said));
      return;
    }
    await answerInteraction(running.deps, running.core, interaction, acknowledge);
  }

  async function takeMessage(raw: unknown, botId: string): Promise<void> {
    const said = readMessage(raw, botId);
    if (!running || !said) return;
    await answerMessage({ ...running.deps, attachments: deps.attachments }, running.core, said);
  }

  /** In the order in which they were told, one at a time: there may be thousands. */
  function noteGuild(guildId: string, isIn: boolean): Promise<void> {
    noting = noting.then(async () => {
      if (isIn) await running?.core.onReturned('discord', guildId);
      else await running?.core.onRemoved('discord', guildId);
    });
    const noted = noting;
    // Whoever told of it hears of a failure; the next in line is noted all the same.
    noting = noting.catch(() => undefined);
    return noted;
  }

  function register(): void {
    registering = (registering ?? Promise.resolve()).then(() => keepRegistered(stopping.signal));
  }

  /** Commands are there from an earlier start at most times, so nobody waits for it. */
  async function keepRegistered(signal: AbortSignal): Promise<void> {
    for (let waitMs = registerFirstWaitMs; ; waitMs = Math.min(registerMaxWaitMs, waitMs * 2)) {
      try {
        return await registerCommands({ ...deps, signal });
      } catch (error) {
        if (signal.aborted) return;
        // A refusal carries a code, and only an operator can help.
        const passing = error instanceof DeliveryError && error.retryable && codeOf(error) === undefined;
        log[passing ? 'warn' : 'error'](
          { err: error },
          passing
            ? 'commands could not be registered yet'
            : 'commands could not be registered: is DISCORD_TOKEN right?',
        );
        if (!passing) return;
        await pause(Math.max(waitMs, error.retryAfterMs ?? 0), signal);
      }
    }
  }

  return {
    track,
    running: () => running,
    start(core) {
      const { signal } = stopping;
      running = { core, deps: { ...deps, isRepeat, signal } };
      // Where there is a gateway, its holder alone does it, and only once the token is known to be right.
      if (!gateway) return register();
      const options = {
        ...gateway,
        log,
        onReady: register,
        onInteraction: (raw: unknown) => track(takeInteraction(raw)),
        onMessage: (raw: unknown, botId: string) => track(takeMessage(raw, botId)),
        onGuild: (guildId: string, isIn: boolean) => track(noteGuild(guildId, isIn)),
      };
      held = deps.lease.hold('discord', (signal) => holdGateway(options, signal));
    },
    async stop() {
      await held?.stop();
      running = undefined;
      await settledWithin(Promise.all(works), finishMaxMs);
      stopping.abort();
      await Promise.all([...works, registering]);
    },
  };
}
