import type { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import { DeliveryError, type DeliveryErrorReason } from '#core/ports/delivery.ts';

/** The budget that every call of the app draws on. */
export const globalBudget = 'global';

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes */
export const errorCode = {
  unknownChannel: 10003,
  unknownGuild: 10004,
  unknownMember: 10007,
  unknownMessage: 10008,
  unknownUser: 10013,
  unknownWebhook: 10015,
  unknownInteraction: 10062,
  tooManyEdits: 30046,
  tooLarge: 40005,
  alreadyAcknowledged: 40060,
  missingAccess: 50001,
  notInDms: 50003,
  cannotDm: 50007,
  missingPermissions: 50013,
  wrongChannelType: 50024,
  invalidToken: 50027,
  invalidForm: 50035,
  threadArchived: 50083,
  noMutualGuilds: 50278,
  noReplyWithoutHistory: 160002,
  threadExists: 160004,
} as const;

const hopeless: ReadonlyMap<unknown, DeliveryErrorReason> = new Map<unknown, DeliveryErrorReason>([
  [errorCode.unknownChannel, 'gone'],
  [errorCode.unknownGuild, 'gone'],
  [errorCode.missingAccess, 'forbidden'],
  [errorCode.cannotDm, 'forbidden'],
  [errorCode.missingPermissions, 'forbidden'],
  [errorCode.noMutualGuilds, 'forbidden'],
  [errorCode.tooLarge, 'too_large'],
  [errorCode.unknownMessage, 'missing'],
]);

const tooManyEditsWaitMs = 60_000;
/** An operator has to give a new token; until then there is no use in asking often. */
const refusedTokenWaitMs = 60_000;
const unknownWaitMs = 1000;

/** What discord.js throws, as the core understands it. Its own message names no secret; addresses with tokens stay out. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (isRateLimit(error)) {
    return new DeliveryError('rate_limited', `rate limited at ${error.method} ${withoutToken(error.route)}`, {
      retryable: true,
      retryAfterMs: Math.ceil(Math.max(error.retryAfter, error.sublimitTimeout)) || unknownWaitMs,
      budget: error.global || error.scope === 'global' ? globalBudget : undefined,
    });
  }
  if (isApiError(error)) return refused(error);
  if (isHttpError(error)) {
    return new DeliveryError('server', `Discord answered ${error.status}`, { retryable: true });
  }
  const name = error instanceof Error ? `${error.name}: ${withoutToken(error.message)}` : String(error);
  return new DeliveryError('network', `Discord could not be reached: ${name}`, { retryable: true });
}

/** Discord's own error code, where it gave one. */
export function codeOf(error: unknown): number | undefined {
  const cause = error instanceof DeliveryError ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? Number(cause.code) : undefined;
}

export function isTooLarge(error: unknown): boolean {
  return error instanceof DeliveryError && error.reason === 'too_large';
}

function refused(error: DiscordAPIError): DeliveryError {
  const { status, code } = error;
  // The error itself holds the request, and its address a token.
  const cause = { status, code, message: error.message };
  const message = `Discord refused: ${status} ${code} ${withoutToken(error.message)}`;
  if (code === errorCode.tooManyEdits) {
    const options = { retryable: true, retryAfterMs: tooManyEditsWaitMs, cause };
    return new DeliveryError('rate_limited', message, options);
  }
  if (status === 401 && code !== errorCode.invalidToken) {
    return new DeliveryError('server', message, { retryable: true, retryAfterMs: refusedTokenWaitMs, cause });
  }
  const reason = hopeless.get(code) ?? (status === 413 ? 'too_large' : status === 403 ? 'forbidden' : 'bad_request');
  return new DeliveryError(reason, message, { retryable: false, cause });
}

/** A token in a path of Discord's is a long word behind an application's or interaction's id. */
function withoutToken(text: string): string {
  return text.replace(/(\/(?:webhooks|interactions)\/[^/\s]+\/)[^/?\s]+/g, '$1[redacted]');
}

function isRateLimit(error: unknown): error is RateLimitError {
  return error instanceof Error && 'sublimitTimeout' in error && 'retryAfter' in error;
}

function isApiError(error: unknown): error is DiscordAPIError {
  return error instanceof Error && 'rawError' in error && 'status' in error;
}

function isHttpError(error: unknown): error is HTTPError {
  return error instanceof Error && 'status' in error && !('rawError' in error);
}
