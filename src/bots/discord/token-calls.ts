import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, ApiRequest } from '#bots/discord/api.ts';
import { codeOf, errorCode } from '#bots/discord/delivery-error.ts';
import type { PostedMessage } from '#bots/discord/post-message.ts';
import { DeliveryError } from '#core/ports/delivery.ts';

/** What an interaction's token is good for, 15 minutes long: its own answer, and messages after it. */
export interface TokenCalls {
  /** Our answer as Discord shows it. */
  original(): Promise<PostedMessage>;
  editOriginal(message: Pick<ApiRequest, 'body' | 'files'>): Promise<PostedMessage>;
  deleteOriginal(): Promise<void>;
  followUp(message: Pick<ApiRequest, 'body' | 'files'>): Promise<PostedMessage>;
}

/** An answer given in an HTTP response exists a moment after we sent it. */
const waitsMs = [100, 300, 1_000, 2_000];
const waitMaxMs = 5_000;

/**
 * Calls by an interaction's token. They wait for an answer that Discord does not know yet, and once more where the
 * limits say so: nobody else repeats them.
 */
export function createTokenCalls(
  api: Pick<Api, 'callByToken'>,
  interaction: { applicationId: string; token: string },
  signal: AbortSignal,
): TokenCalls {
  const base = `/webhooks/${interaction.applicationId}/${interaction.token}` as const;
  const original = `${base}/messages/@original` as const;

  async function call<T>(request: ApiRequest): Promise<T> {
    for (const waitMs of waitsMs) {
      try {
        return await api.callByToken<T>(request);
      } catch (error) {
        const wait = waitBefore(error, waitMs);
        if (wait === undefined || wait > waitMaxMs) throw error;
        await sleep(wait, undefined, { signal });
      }
    }
    return api.callByToken<T>(request);
  }

  return {
    original: () => call({ method: 'GET', path: original }),
    editOriginal: (message) => call({ method: 'PATCH', path: original, ...message }),
    async deleteOriginal() {
      await call({ method: 'DELETE', path: original });
    },
    followUp: (message) => call({ method: 'POST', path: base, ...message }),
  };
}

/** How long until a call can succeed; undefined when it may have had its effect, or never will. */
function waitBefore(error: unknown, otherwiseMs: number): number | undefined {
  const code = codeOf(error);
  if (code === errorCode.unknownWebhook || code === errorCode.unknownMessage) return otherwiseMs;
  if (error instanceof DeliveryError && error.reason === 'rate_limited') return error.retryAfterMs ?? otherwiseMs;
  return undefined;
}
