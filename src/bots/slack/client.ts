import type { SocketModeReceiver, webApi } from '@slack/bolt';
import { LRUCache } from 'lru-cache';
import { codeOf, toDeliveryError } from '#bots/slack/delivery-errors.ts';
import { budgetOf } from '#bots/slack/limits.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { Logger } from '#src/logger.ts';

/** Slack's Web API with the bot's token, each call tried once. */
export interface SlackClient {
  /** @throws {DeliveryError} */
  call(method: string, args: Record<string, unknown>): Promise<unknown>;
}

export interface ApiConfig {
  token: BotToken;
  /** Ends in `/api/`; Slack's own when unset. */
  apiUrl: string | undefined;
}

/** What the app acts with in a workspace. */
export interface BotToken {
  /** @throws {DeliveryError} `gone` where the app is not installed. */
  find(): Promise<string>;
  /** Slack does not take it any more: it is looked up anew. */
  forget(): void;
}

/** The one that the environment names. */
export const fixedToken = (botToken: string): BotToken => ({ find: async () => botToken, forget: () => undefined });

/** A token that has died or was replaced meanwhile. */
const refusesToken = new Set(['account_inactive', 'invalid_auth', 'not_authed', 'token_expired', 'token_revoked']);

/** Longer than Slack takes for any answer; a connection that says nothing is given up. */
const timeoutMs = 15_000;
const blockedMax = 1000;

/** The SDK is loaded by the first call, so that a process which sends nothing does not pay for it. */
export function createClient({ token, apiUrl }: ApiConfig, log: Logger): SlackClient {
  let loading: Promise<typeof webApi> | undefined;
  let made: { token: string; client: webApi.WebClient } | undefined;
  let workspace: string | undefined;
  /** What Slack said to wait for, in milliseconds since the epoch; asking before only makes it longer. */
  const blocked = new LRUCache<string, { until: number; budget: string | undefined }>({ max: blockedMax });

  async function load() {
    const { webApi: api } = await import('@slack/bolt');
    return api;
  }

  function clientWith(api: typeof webApi, current: string): webApi.WebClient {
    if (made?.token !== current) {
      made = {
        token: current,
        client: new api.WebClient(current, { ...clientOptions(apiUrl), logger: sdkLogger(log) }),
      };
    }
    return made.client;
  }

  /** Only a rate limit asks for it: the budget that it is about is named after the workspace. */
  async function findWorkspace(client: webApi.WebClient): Promise<string | undefined> {
    if (workspace !== undefined) return workspace;
    const answer = await client.auth.test().catch((error) => {
      log.warn(
        { err: error },
        'the workspace of a rate limit could not be found out; it is obeyed by this process alone',
      );
      return undefined;
    });
    workspace = answer?.team_id ?? answer?.enterprise_id;
    return workspace;
  }

  return {
    async call(method, args) {
      const rate = rateOf(method, args);
      const block = blocked.get(rate);
      if (block && block.until > Date.now()) throw limited(method, block.until - Date.now(), block.budget);
      loading ??= load();
      const api = await loading;
      const client = clientWith(api, await token.find());
      try {
        return await client.apiCall(method, args);
      } catch (thrown) {
        const error = toDeliveryError(thrown, api, method);
        if (refusesToken.has(codeOf(error) ?? '')) token.forget();
        if (error.reason !== 'rate_limited') throw error;
        const team = await findWorkspace(client);
        const budget = team === undefined ? undefined : budgetOf(method, team);
        const retryAfterMs = error.retryAfterMs ?? 0;
        blocked.set(rate, { until: Date.now() + retryAfterMs, budget });
        throw limited(method, retryAfterMs, budget, thrown);
      }
    },
  };
}

/** Slack counts messages by channel, everything else by method. */
function rateOf(method: string, { channel }: Record<string, unknown>): string {
  return method === 'chat.postMessage' ? `${method}:${channel}` : method;
}

function limited(method: string, retryAfterMs: number, budget: string | undefined, cause?: unknown): DeliveryError {
  return new DeliveryError('rate_limited', `${method}: rate limited`, { retryable: true, retryAfterMs, budget, cause });
}

/** Retries are the queue's: an SDK's own would hide the waits that all processes have to obey. */
export function clientOptions(apiUrl: string | undefined) {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
  };
}

type SdkLogger = NonNullable<NonNullable<ConstructorParameters<typeof SocketModeReceiver>[0]>['logger']>;

/** What the SDK has to say for itself; what goes wrong is thrown as well, and told by whoever catches it. */
export function sdkLogger(log: Logger): SdkLogger {
  const say = (...parts: unknown[]) => log.debug({ sdk: parts.map(String).join(' ') }, 'said by the SDK');
  const silent = () => undefined;
  let level = 'warn';
  return {
    debug: silent,
    info: silent,
    warn: say,
    error: say,
    setLevel: (wanted) => {
      level = wanted;
    },
    getLevel: () => level as ReturnType<SdkLogger['getLevel']>,
    setName: silent,
  };
}
