import type { Api } from '#bots/telegram/api.ts';
import { withoutSecrets } from '#bots/telegram/delivery-error.ts';
import type { Heard } from '#bots/telegram/inbound.ts';
import type { Logger } from '#src/logger.ts';

/** A pressed button, which shows that it waits until its query is answered. */
export interface Press {
  /** Answers the query, with words where there are any; false when it was answered before or Telegram refused. */
  finish(words?: { text: string; show_alert: boolean } | { url: string }): Promise<boolean>;
}

/** How long Telegram shows that somebody is typing; https://core.telegram.org/bots/api#sendchataction */
const typingShownMs = 4500;

/** Shows that we are at it when an answer takes longer than `deferMs`: typing, or a button that waits no more. */
export function startWaiting(
  deps: { api: () => Promise<Api>; log: Logger },
  { callbackId, chat, topicId }: Heard,
  deferMs: number,
): { press?: Press; stop(): void } {
  const press = callbackId === undefined ? undefined : createPress(deps, callbackId);
  let timer = setTimeout(show, deferMs);
  async function show(): Promise<void> {
    if (press) {
      await press.finish();
      return;
    }
    timer = setTimeout(show, typingShownMs);
    const api = await deps.api();
    await api
      .sendChatAction(chat.id, 'typing', topicId === undefined ? {} : { message_thread_id: topicId })
      .catch((error: unknown) => deps.log.debug({ err: withoutSecrets(error) }, 'typing could not be shown'));
  }
  return { ...(press ? { press } : {}), stop: () => clearTimeout(timer) };
}

function createPress(deps: { api: () => Promise<Api>; log: Logger }, callbackId: string): Press {
  let finished = false;
  return {
    async finish(words = undefined) {
      if (finished) return false;
      finished = true;
      const api = await deps.api();
      try {
        return await api.answerCallbackQuery(callbackId, words ?? {});
      } catch (error) {
        deps.log.debug({ err: withoutSecrets(error) }, 'a pressed button could not be answered');
        return false;
      }
    },
  };
}
