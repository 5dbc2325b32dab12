import type { BotDeps } from '#bots/define.ts';
import { pause } from '#bots/pause.ts';
import { settledWithin } from '#bots/settled-within.ts';
import type { Api } from '#bots/telegram/api.ts';
import { registerCommands } from '#bots/telegram/commands.ts';
import { keepTrying } from '#bots/telegram/keep-trying.ts';
import { pollUpdates } from '#bots/telegram/poll-updates.ts';
import { createStandings } from '#bots/telegram/standing.ts';
import { createTaker, type Taker } from '#bots/telegram/take-update.ts';
import type { Timing } from '#bots/telegram/timing.ts';
import { setWebhook } from '#bots/telegram/webhook.ts';
import type { ChatCore } from '#core/ports/chat.ts';

/** How long answers that are being posted may hold the end of the process up. */
const farewellMs = 5000;

export interface ConnectDeps extends Pick<BotDeps, 'blobs' | 'i18n' | 'log' | 'lease'> {
  api: () => Promise<Api>;
  /** Set: Telegram posts updates to us; else we ask for them. */
  webhook?: { publicUrl: string; secret: string };
  timing: Timing;
}

/** The way in. Nothing here waits for Telegram: what cannot be reached yet is tried again in the background. */
export function connect(deps: ConnectDeps) {
  const { log, timing } = deps;
  const stopping = new AbortController();
  let taker: Taker | undefined;
  let running: { stop(): Promise<void> } | undefined;

  const trying = <T>(what: string, signal: AbortSignal, attempt: () => Promise<T>) =>
    keepTrying(log, what, timing.waits, signal, attempt);

  async function openTaker(core: ChatCore, api: Api, signal: AbortSignal): Promise<Taker | undefined> {
    const me = await trying('finding out who the bot is', signal, () => api.getMe());
    if (!me || signal.aborted) return undefined;
    const own = { core, standingOf: createStandings(deps) };
    return createTaker({ ...deps, ...own }, { id: me.id, username: me.username });
  }

  const register = (api: Api, signal: AbortSignal) =>
    trying('registering the commands', signal, () => registerCommands(api, deps.i18n));

  async function receive(core: ChatCore, webhook: NonNullable<ConnectDeps['webhook']>): Promise<void> {
    const { signal } = stopping;
    const api = await deps.api();
    taker = await openTaker(core, api, signal);
    if (!taker) return;
    await trying('setting the webhook', signal, () => setWebhook(api, webhook));
    await register(api, signal);
  }

  async function poll(core: ChatCore, leased: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([leased, stopping.signal]);
    const api = await deps.api();
    const own = await openTaker(core, api, signal);
    if (own) {
      taker = own;
      void register(api, signal);
      // What waits at Telegram stays there, for the polls.
      await trying('removing the webhook', signal, () => api.deleteWebhook({ drop_pending_updates: false }));
      await pollUpdates({ ...deps, api, taker: own, ...timing }, signal);
    }
    // Another process would get no further with the same token.
    while (!signal.aborted) await pause(2 ** 30, signal);
  }

  return {
    start(core: ChatCore): void {
      const { webhook } = deps;
      if (!webhook) {
        running = deps.lease.hold('telegram', (signal) => poll(core, signal));
        return;
      }
      const receiving = receive(core, webhook).catch((error: unknown) => {
        log.error({ err: error }, 'Telegram: the webhook could not be prepared');
      });
      running = { stop: () => receiving };
    },
    findTaker: () => (stopping.signal.aborted ? undefined : taker),
    async stop(): Promise<void> {
      stopping.abort();
      await running?.stop();
      if (taker) await settledWithin(taker.idle(), farewellMs);
    },
  };
}
