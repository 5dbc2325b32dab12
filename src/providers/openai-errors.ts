import { ProviderError, type ProviderErrorReason } from '#core/ports/images.ts';
import { MediaError } from '#media/media-error.ts';
import { endedError, isTimeout } from '#providers/ended.ts';
import { FetchRefusedError } from '#src/guarded-request.ts';

export type OpenAiSdk = typeof import('openai');

export interface ErrorContext {
  sdk: Pick<OpenAiSdk, 'APIError' | 'APIConnectionError' | 'APIConnectionTimeoutError'>;
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now: number;
}

const blockedCodes = ['moderation_blocked', 'content_policy_violation', 'content_filter', 'safety_violation'];
const quotaCodes = ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'];
const retryable: readonly ProviderErrorReason[] = [
  'rate_limited',
  'timeout',
  'aborted',
  'server',
  'network',
  'bad_answer',
];

/**
 * What a failed call means. Our own signal explains a failure before anything else does.
 * @throws the error itself when it is none that a provider can cause, so a bug of ours.
 */
export function toProviderError(error: unknown, context: ErrorContext): ProviderError {
  const { sdk, signal } = context;
  if (signal.aborted) return endedError(signal, error);
  if (error instanceof ProviderError) return error;
  if (error instanceof sdk.APIConnectionTimeoutError) return failure('timeout', 'no answer in time', error);
  if (error instanceof sdk.APIConnectionError) return failure('network', 'the server cannot be reached', error);
  if (error instanceof sdk.APIError) return fromAnswer(error, context);
  if (error instanceof MediaError) return failure('bad_answer', `not a usable picture: ${error.message}`, error);
  if (error instanceof FetchRefusedError) return failure('bad_answer', error.message, error);
  if (error instanceof SyntaxError) return failure('bad_answer', 'the answer is damaged', error);
  if (isTimeout(error)) return failure('timeout', 'a download took too long', error);
  if (isConnectionFailure(error)) return failure('network', 'the connection broke', error);
  throw error;
}

/** `Retry-After-Ms`, or `Retry-After` in seconds or as an HTTP date, in milliseconds from `now`. */
export function retryAfterMsOf(headers: Headers | undefined, now: number): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(milliseconds)) return Math.max(0, Math.ceil(milliseconds));
  const text = headers?.get('retry-after')?.trim() ?? '';
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.max(0, Math.ceil(wait)) : undefined;
}

function fromAnswer(error: InstanceType<OpenAiSdk['APIError']>, context: ErrorContext): ProviderError {
  const reason = reasonOf(error);
  const label = [error.status, error.code ?? error.type].filter(Boolean).join(' ');
  // A server may quote the key it refused, so its words about it are not kept.
  if (reason === 'auth') return new ProviderError(reason, `the key was refused: ${label}`, { retryable: false });
  const wait = retryable.includes(reason) ? retryAfterMsOf(error.headers, context.now) : undefined;
  return failure(reason, `the server said no: ${label}: ${error.message}`, error, wait);
}

/** Codes come first: the same status has several meanings, and an error inside a stream has no status. */
function reasonOf(error: InstanceType<OpenAiSdk['APIError']>): ProviderErrorReason {
  const { status, type } = error;
  const code = error.code ?? '';
  if (blockedCodes.includes(code)) return 'content_blocked';
  if (type === 'image_generation_user_error' && /safety system|content policy/i.test(error.message)) {
    return 'content_blocked';
  }
  if (quotaCodes.includes(code) || quotaCodes.includes(type ?? '')) return 'quota';
  if (status === 429 || code === 'rate_limit_exceeded' || type === 'rate_limit_error') return 'rate_limited';
  if (status === 401 || status === 403 || code === 'invalid_api_key') return 'auth';
  if (status === 408) return 'timeout';
  // 409 is the API's lock timeout, which its SDK repeats as well.
  if (status === 409 || (status !== undefined && status >= 500)) return 'server';
  if (status !== undefined && status >= 400) return 'bad_request';
  if (status !== undefined) return 'bad_answer';
  return /invalid_request|user_error/.test(type ?? '') ? 'bad_request' : 'server';
}

function failure(reason: ProviderErrorReason, message: string, cause: unknown, retryAfterMs?: number): ProviderError {
  return new ProviderError(reason, message, { retryable: retryable.includes(reason), retryAfterMs, cause });
}

/** Node's fetch says `TypeError: terminated` with the socket's error as cause; node:http throws the socket's error. */
function isConnectionFailure(error: unknown): boolean {
  const codeOf = (value: unknown) => (value instanceof Error && 'code' in value ? String(value.code) : '');
  const code = codeOf(error) || codeOf(error instanceof Error ? error.cause : undefined);
  return /^(ECONN|EPIPE|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|UND_ERR_|HPE_)/.test(code);
}
