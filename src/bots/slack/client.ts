import type { SocketModeReceiver, webApi } from '@slack/bolt';
import { toDeliveryError } from '#bots/slack/delivery-errors.ts';
import { budgetOf } from '#bots/slack/limits.ts';
import { DeliveryError } from '#core/ports/chat.ts';
import type { Logger } from '#src/logger.ts';

/** Slack's Web API with the bot's token, each call tried once. */
export interface SlackClient {
  /** @throws {DeliveryError} */
  call(method: string, args: Record<string, unknown>): Promise<unknown>;
}

export interface ApiConfig {
  botToken: string;
  /** Ends in `/api/`; Slack's own when unset. */
  apiUrl: string | undefined;
}

/** Longer than Slack takes for any answer; a connection that says nothing is given up. */
const timeoutMs = 15_000;

/** The SDK is loaded by the first call, so that a process which sends nothing does not pay for it. */
export function createClient({ botToken, apiUrl }: ApiConfig, log: Logger): SlackClient {
  let loading: ReturnType<typeof load> | undefined;
  let workspace: string | undefined;

  async function load() {
    const { webApi: api } = await import('@slack/bolt');
    return { api, client: new api.WebClient(botToken, { ...clientOptions(apiUrl), logger: sdkLogger(log) }) };
  }

  /** Only a rate limit asks for it: the budget that it is about is named after the workspace. */
  async function findWorkspace(client: webApi.WebClient): Promise<string | undefined> {
    if (workspace !== undefined) return workspace;
    const answer = await client.auth.test().catch(() => undefined);
    workspace = answer?.team_id ?? answer?.enterprise_id;
    return workspace;
  }

  return {
    async call(method, args) {
      loading ??= load();
      const { api, client } = await loading;
      try {
        return await client.apiCall(method, args);
      } catch (thrown) {
        const error = toDeliveryError(thrown, api, method);
        if (error.reason !== 'rate_limited') throw error;
        const team = await findWorkspace(client);
        const budget = team === undefined ? undefined : budgetOf(method, team);
        const { retryable, retryAfterMs } = error;
        throw new DeliveryError('rate_limited', error.message, { retryable, retryAfterMs, budget, cause: thrown });
      }
    },
  };
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
