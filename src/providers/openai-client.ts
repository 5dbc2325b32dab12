import type { ProviderDeps } from '#providers/define.ts';

const officialBaseUrl = 'https://api.openai.com/v1';
/** The longest a timer can be set to: the caller's signal is the only deadline. */
const timerMaxMs = 2_147_483_647;

export interface OpenAiAccess {
  apiKey: string;
  /** Of a compatible server, ending in its version such as `/v1`; unset for OpenAI itself. */
  baseUrl?: string;
}

export const baseUrlOf = ({ baseUrl = officialBaseUrl }: OpenAiAccess): string => baseUrl;

/** Loads the SDK, which is left until the first call, so that a process without this provider never pays for it. */
export async function connect(access: OpenAiAccess, deps: ProviderDeps) {
  const sdk = await import('openai');
  const client = new sdk.OpenAI({
    apiKey: access.apiKey,
    baseURL: baseUrlOf(access),
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: timerMaxMs,
    fetch: deps.fetch,
    logLevel: 'off',
  });
  return { sdk, client };
}
