import { callHeader } from '#tests/chaos/relay.ts';
import { startOpenAiServer } from '#tests/servers/openai.ts';
import type { OpenAiFault } from '#tests/servers/openai-faults.ts';

export const providerFaults = ['rate_limit', 'server_error', 'hang', 'truncated'] as const;
export type ProviderFault = (typeof providerFaults)[number];

const apiKey = 'test-key';
const latencyMs = 300;
const sideMax = 64;
/** Enough that hanging answers do not hold everything up. */
const concurrency = 16;
const retryAfterMs = 2_000;
/** A prompt with this word is refused for good, and costs nothing. */
export const blockedWord = 'forbidden';

/** What the provider's record has of one prompt. */
export interface ProviderCall {
  callId: string;
  fault: string | undefined;
}

/** An OpenAI on loopback. `hangMs`: when a hanging answer is cut; undefined waits for the client to leave. */
export async function startChaosProvider({ hangMs }: { hangMs: number | undefined }) {
  const server = await startOpenAiServer({ apiKey, latencyMs, sideMax });
  server.fail(
    { kind: 'moderation' },
    { times: Number.POSITIVE_INFINITY, prompt: (prompt) => prompt.includes(blockedWord) },
  );
  const faultOf: Record<ProviderFault, OpenAiFault> = {
    rate_limit: { kind: 'rate_limit', retryAfterMs },
    server_error: { kind: 'server_error' },
    hang: { kind: 'hang', ...(hangMs === undefined ? {} : { forMs: hangMs }) },
    truncated: { kind: 'truncated_json' },
  };
  return {
    origin: new URL(server.url).origin,
    env: (origin: string) => ({
      OPENAI_API_KEY: apiKey,
      OPENAI_BASE_URL: `${origin}/v1`,
      OPENAI_CONCURRENCY: String(concurrency),
    }),
    /** The next call goes wrong. */
    fail(fault: ProviderFault, served: () => void): void {
      server.fail(faultOf[fault], {
        prompt(prompt) {
          if (prompt.includes(blockedWord)) return false;
          served();
          return true;
        },
      });
    },
    /** Pictures that were made, and paid for, whether their answer arrived or not. */
    picturesOf: (prompt: string) => server.generationsOf(prompt),
    callsOf: (prompt: string): ProviderCall[] =>
      server.requests
        .filter((request) => request.prompt === prompt)
        .map(({ headers, fault }) => ({ callId: headers[callHeader] ?? '', fault })),
    pictures: () => server.images.length,
    stop: () => server.close(),
  };
}

export type ChaosProvider = Awaited<ReturnType<typeof startChaosProvider>>;
