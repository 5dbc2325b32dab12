/** How one answer goes wrong. Bodies have the shape of the API's: the moderation one as publicly quoted, the others after its documented error object. */
export type OpenAiFault =
  /** 429; `retryAfter` is the header's text (seconds or an HTTP date), `retryAfterMs` the other header. */
  | { kind: 'rate_limit'; retryAfter?: string; retryAfterMs?: number }
  | { kind: 'quota' }
  | { kind: 'billing_limit' }
  | { kind: 'moderation' }
  | { kind: 'bad_request' }
  | { kind: 'unauthorized' }
  | { kind: 'server_error'; status?: number }
  /** Takes the request and does not answer until the server closes or the client leaves, or cuts the connection after `forMs`. */
  | { kind: 'hang'; forMs?: number }
  /** Sends the previews, then nothing more. */
  | { kind: 'hang_after_partials' }
  | { kind: 'slow'; latencyMs: number }
  | { kind: 'truncated_json' }
  | { kind: 'empty_body' }
  | { kind: 'no_completed_event' }
  /** Previews, then an error as an event of the stream. */
  | { kind: 'stream_error'; code: string; type: string; message?: string }
  /** Takes the request, then cuts the connection without a word. */
  | { kind: 'cut' }
  /** Starts the answer, then cuts the connection. */
  | { kind: 'cut_midway' }
  | { kind: 'not_an_image' }
  /** Names a file instead of carrying it; by default one of this server's own. */
  | { kind: 'url_answer'; url?: string }
  /** Does not stream although it was asked to. */
  | { kind: 'plain_json' };

export interface ErrorAnswer {
  status: number;
  headers?: Record<string, string>;
  error: { message: string; type: string; param: string | null; code: string | null };
}

export function invalidRequest(param: string, code: string, message: string, status = 400): ErrorAnswer {
  return { status, error: { message, type: 'invalid_request_error', param, code } };
}

/** The answer of a fault that is a plain refusal; undefined for the other kinds. */
export function refusalOf(fault: OpenAiFault): ErrorAnswer | undefined {
  switch (fault.kind) {
    case 'rate_limit': {
      const headers: Record<string, string> = {};
      if (fault.retryAfter !== undefined) headers['retry-after'] = fault.retryAfter;
      if (fault.retryAfterMs !== undefined) headers['retry-after-ms'] = String(fault.retryAfterMs);
      const message = 'Rate limit reached for gpt-image-2 on input-images per min: Limit 5, Used 5, Requested 1.';
      return {
        status: 429,
        headers,
        error: { message, type: 'input-images', param: null, code: 'rate_limit_exceeded' },
      };
    }
    case 'quota': {
      const message = 'You exceeded your current quota, please check your plan and billing details.';
      return { status: 429, error: { message, type: 'insufficient_quota', param: null, code: 'insufficient_quota' } };
    }
    case 'billing_limit': {
      const error = { type: 'billing_limit_user_error', param: null, code: 'billing_hard_limit_reached' };
      return { status: 400, error: { message: 'Billing hard limit has been reached.', ...error } };
    }
    case 'moderation': {
      const message = 'Your request was rejected by the safety system. safety_violations=[violence].';
      const error = { type: 'image_generation_user_error', param: null, code: 'moderation_blocked' };
      return { status: 400, error: { message, ...error } };
    }
    case 'bad_request':
      return invalidRequest('prompt', 'invalid_value', "Invalid value for 'prompt'.");
    case 'unauthorized': {
      const message = 'Incorrect API key provided: sk-test. You can find your API key in your account settings.';
      return { status: 401, error: { message, type: 'invalid_request_error', param: null, code: 'invalid_api_key' } };
    }
    case 'server_error': {
      const message = 'The server had an error while processing your request. Sorry about that!';
      return { status: fault.status ?? 500, error: { message, type: 'server_error', param: null, code: null } };
    }
    default:
      return undefined;
  }
}

export interface FaultOptions {
  /** How many requests it meets; 1 unless told. */
  times?: number;
  /** Which prompts it meets; all unless told. */
  prompt?: (prompt: string) => boolean;
}
