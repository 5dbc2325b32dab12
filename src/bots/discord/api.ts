import type { RawFile } from 'discord.js';
import { toDeliveryError } from '#bots/discord/delivery-error.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  query?: Record<string, string>;
  body?: unknown;
  files?: RawFile[];
  signal?: AbortSignal;
  /** The answer said that nothing more fits for so long. */
  onExhausted?: (waitMs: number) => void;
}

/** Discord's REST API, each call tried once. */
export interface Api {
  /**
   * As the bot.
   * @throws {DeliveryError}
   */
  call<T>(request: ApiRequest): Promise<T>;
  /**
   * By the token in an interaction's path; it has its own limits and is not counted with the bot's.
   * @throws {DeliveryError}
   */
  callByToken<T>(request: ApiRequest): Promise<T>;
}

/** Ten originals on a slow line. */
const botTimeoutMs = 60_000;
const tokenTimeoutMs = 15_000;

/** The SDK is loaded with the first call. */
export function createApi(config: { token: string; apiUrl: string }): Api {
  let loading: ReturnType<typeof load> | undefined;
  async function load() {
    const { REST, parseResponse } = await import('discord.js');
    const options = {
      api: config.apiUrl,
      retries: 0,
      rejectOnRateLimit: () => true,
      // The core spreads the app's 50 a second over all processes; the SDK would count interactions too.
      globalRequestsPerSecond: Number.POSITIVE_INFINITY,
    };
    return {
      parseResponse,
      bot: new REST({ ...options, timeout: botTimeoutMs }).setToken(config.token),
      byToken: new REST({ ...options, timeout: tokenTimeoutMs }),
    };
  }

  async function run<T>(as: 'bot' | 'byToken', request: ApiRequest): Promise<T> {
    loading ??= load();
    const sdk = await loading;
    try {
      const response = await sdk[as].queueRequest({
        method: request.method as Parameters<typeof sdk.bot.queueRequest>[0]['method'],
        fullRoute: request.path,
        auth: as === 'bot',
        ...(request.query ? { query: new URLSearchParams(request.query) } : {}),
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(request.files?.length ? { files: request.files } : {}),
        ...(request.signal ? { signal: request.signal } : {}),
      });
      const { headers } = response;
      if (headers.get('x-ratelimit-remaining') === '0') {
        request.onExhausted?.(Math.ceil(Number(headers.get('x-ratelimit-reset-after')) * 1000));
      }
      return (await sdk.parseResponse(response)) as T;
    } catch (error) {
      throw toDeliveryError(error);
    }
  }

  return { call: (request) => run('bot', request), callByToken: (request) => run('byToken', request) };
}
