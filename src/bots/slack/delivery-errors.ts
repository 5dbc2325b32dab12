import type { webApi } from '@slack/bolt';
import { DeliveryError, type DeliveryErrorReason } from '#core/ports/delivery.ts';

type ApiErrors = Pick<
  typeof webApi,
  'WebAPIHTTPError' | 'WebAPIPlatformError' | 'WebAPIRateLimitedError' | 'WebAPIRequestError'
>;

/** A second is the least that Slack asks for. */
const rateLimitMinMs = 1000;
/** How long after a fault of the token or of Slack itself it is worth asking again. */
const brokenRetryMs = 30_000;

/** What Slack's error codes mean for a message; docs.slack.dev/reference/methods/chat.postMessage and its like. */
const reasons: Record<string, DeliveryErrorReason> = {
  account_inactive: 'gone',
  channel_not_found: 'gone',
  is_archived: 'gone',
  is_inactive: 'gone',
  team_not_found: 'gone',
  token_revoked: 'gone',
  user_not_found: 'gone',
  users_not_found: 'gone',
  access_denied: 'forbidden',
  cannot_dm_bot: 'forbidden',
  ekm_access_denied: 'forbidden',
  message_not_found: 'missing',
  messages_tab_disabled: 'forbidden',
  no_permission: 'forbidden',
  not_allowed_for_team: 'forbidden',
  not_in_channel: 'forbidden',
  posting_to_channel_denied: 'forbidden',
  posting_to_general_channel_denied: 'forbidden',
  restricted_action: 'forbidden',
  restricted_action_non_threadable_channel: 'forbidden',
  restricted_action_read_only_channel: 'forbidden',
  restricted_action_thread_locked: 'forbidden',
  restricted_action_thread_only_channel: 'forbidden',
  user_disabled: 'forbidden',
  user_not_visible: 'forbidden',
  file_upload_size_restricted: 'too_large',
  msg_blocks_too_long: 'too_large',
  msg_too_long: 'too_large',
  message_limit_exceeded: 'rate_limited',
  rate_limited: 'rate_limited',
  ratelimited: 'rate_limited',
};

/** Slack's own troubles, and ours with the token: nothing is wrong with the message, so it is kept and tried again. */
const passing = new Set([
  'accesslimited',
  'fatal_error',
  'internal_error',
  'invalid_auth',
  'missing_scope',
  'not_allowed_token_type',
  'not_authed',
  'org_login_required',
  'request_timeout',
  'service_unavailable',
  'team_access_not_granted',
  'team_added_to_org',
  'token_expired',
]);

/** Puts what the SDK threw into the port's terms. */
export function toDeliveryError(error: unknown, api: ApiErrors, method: string): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof api.WebAPIPlatformError) return ofCode(error.data.error, method, error);
  if (error instanceof api.WebAPIRateLimitedError) return rateLimited(error.retryAfter * 1000, method, error);
  if (error instanceof api.WebAPIRequestError) {
    return new DeliveryError('network', `${method}: ${error.original.message}`, { retryable: true, cause: error });
  }
  if (error instanceof api.WebAPIHTTPError) {
    const retryable = error.statusCode >= 500;
    const reason = retryable ? 'server' : 'bad_request';
    return new DeliveryError(reason, `${method}: status ${error.statusCode}`, { retryable, cause: error });
  }
  // A 429 without the header that says how long, among others.
  return new DeliveryError('server', `${method} failed`, { retryable: true, cause: error });
}

/** Slack's code for what went wrong; undefined when it answered nothing. */
export function codeOf(error: unknown): string | undefined {
  const cause = error instanceof DeliveryError ? error.cause : error;
  const data = (cause as { data?: { error?: unknown } } | undefined)?.data;
  return typeof data?.error === 'string' ? data.error : undefined;
}

function ofCode(code: string, method: string, cause: unknown): DeliveryError {
  const message = `${method}: ${code.slice(0, 100)}`;
  const reason = reasons[code];
  if (reason === 'rate_limited') return rateLimited(rateLimitMinMs, method, cause);
  if (reason) return new DeliveryError(reason, message, { retryable: false, cause });
  // Codes are words; anything else is a page of some server on the way.
  const isCode = /^[a-z0-9_]+$/.test(code);
  if (passing.has(code) || !isCode) {
    return new DeliveryError('server', message, { retryable: true, retryAfterMs: brokenRetryMs, cause });
  }
  return new DeliveryError('bad_request', message, { retryable: false, cause });
}

function rateLimited(waitMs: number, method: string, cause: unknown): DeliveryError {
  const retryAfterMs = Math.max(rateLimitMinMs, waitMs);
  return new DeliveryError('rate_limited', `${method}: rate limited`, { retryable: true, retryAfterMs, cause });
}
