import type { Api as GrammyApi } from 'grammy';

export type Api = GrammyApi;
export type Update = Awaited<ReturnType<Api['getUpdates']>>[number];
export type Message = NonNullable<Update['message']>;
export type CallbackQuery = NonNullable<Update['callback_query']>;
export type BotUser = Awaited<ReturnType<Api['getMe']>>;

/** Kinds of updates that mean something to us. */
export const wantedUpdates = ['message', 'callback_query', 'my_chat_member'] as const;

export const defaultApiUrl = 'https://api.telegram.org';
/** How long getUpdates may wait at the server for something to happen, in seconds. */
export const pollSeconds = 30;

const callTimeoutMs = 30_000;
/** Ten photos of 10 MB over a slow line. */
const uploadTimeoutMs = 300_000;
const uploads = new Set(['sendPhoto', 'sendDocument', 'sendMediaGroup', 'editMessageMedia']);

/**
 * Calls the Bot API once and no more: no retries, no throttling. The SDK is loaded at the first use, so that a process
 * without this platform does not pay for it.
 */
export function createApi(token: string, apiUrl: string): () => Promise<Api> {
  let loading: Promise<Api> | undefined;
  return () => {
    loading ??= import('grammy').then(({ Api }) => {
      const api = new Api(token, { apiRoot: apiUrl });
      api.config.use((call, method, payload, signal) => {
        const timeout = AbortSignal.timeout(timeoutOf(method));
        const either = signal ? AbortSignal.any([signal as AbortSignal, timeout]) : timeout;
        return call(method, payload, either as NonNullable<typeof signal>);
      });
      return api;
    });
    return loading;
  };
}

function timeoutOf(method: string): number {
  if (method === 'getUpdates') return (pollSeconds + 20) * 1000;
  return uploads.has(method) ? uploadTimeoutMs : callTimeoutMs;
}
