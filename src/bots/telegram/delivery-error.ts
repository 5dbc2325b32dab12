import type { GrammyError } from 'grammy';
import { DeliveryError, type DeliveryErrorReason } from '#core/ports/delivery.ts';

/** What the Bot API says when it refuses, in its own words: it has no finer codes. The first that is found counts. */
const refusals: readonly [RegExp, DeliveryErrorReason][] = [
  [/chat not found|PEER_ID_INVALID|group chat was (deactivated|deleted|upgraded)|user is deactivated/i, 'gone'],
  [/bot was kicked|bot is not a member|CHANNEL_PRIVATE/i, 'gone'],
  [/blocked by the user|can't initiate conversation|not enough rights|have no rights|need administrator/i, 'forbidden'],
  [/CHAT_(WRITE|RESTRICTED|ADMIN|SEND)|TOPIC_CLOSED|USER_IS_BLOCKED/i, 'forbidden'],
  [/file is too big|too large/i, 'too_large'],
  [/message to (edit|delete) not found|MESSAGE_ID_INVALID/i, 'missing'],
];

const refusedTokenWaitMs = 60_000;

/**
 * What grammY throws, as the core understands it. Its errors hold the call's payload, and those of the network the
 * token as part of an address: only the API's own words and the fault's code come along.
 * @throws what is no error of the API's, as it is.
 */
export function toDeliveryError(error: unknown): DeliveryError {
  const known = fromApi(error);
  if (!known) throw error;
  return known;
}

/** For logs: an error of the API's without what is secret, any other as it is. */
export function withoutSecrets(error: unknown): unknown {
  return fromApi(error) ?? error;
}

function fromApi(error: unknown): DeliveryError | undefined {
  if (error instanceof DeliveryError) return error;
  if (isGrammyError(error)) return refused(error);
  if (!isHttpError(error)) return undefined;
  const code = error.error instanceof Error ? codeOf(error.error) : 'unknown';
  return new DeliveryError('network', `Telegram could not be reached: ${code}`, { retryable: true, cause: { code } });
}

function refused({ error_code: status, description, method, parameters }: GrammyError): DeliveryError {
  const message = `Telegram refused ${method}: ${status} ${description}`;
  const cause = { status, description };
  if (status === 429) {
    const retryAfterMs = (parameters.retry_after ?? 1) * 1000;
    return new DeliveryError('rate_limited', message, { retryable: true, retryAfterMs, cause });
  }
  if (isRefusedToken(status, description)) {
    const options = { retryable: true, retryAfterMs: refusedTokenWaitMs, cause };
    return new DeliveryError('server', `${message}; TELEGRAM_BOT_TOKEN is not valid`, options);
  }
  if (status >= 500) return new DeliveryError('server', message, { retryable: true, cause });
  const known = refusals.find(([words]) => words.test(description))?.[1];
  const reason = known ?? (status === 403 ? 'forbidden' : status === 413 ? 'too_large' : 'bad_request');
  return new DeliveryError(reason, message, { retryable: false, cause });
}

/** The API's own status and words, where it answered. */
export function refusalOf(error: unknown): { status: number; description: string } | undefined {
  const cause = fromApi(error)?.cause;
  const answered = typeof cause === 'object' && cause !== null && 'status' in cause && 'description' in cause;
  return answered ? { status: Number(cause.status), description: String(cause.description) } : undefined;
}

/** 401 for a token that was taken back; 404 for one that never was. */
export function isRefusedToken(status: number, description: string): boolean {
  return status === 401 || (status === 404 && description === 'Not Found');
}

/** Where a group that became a supergroup is now; https://core.telegram.org/bots/api#responseparameters */
export function migratedTo(error: unknown): number | undefined {
  return isGrammyError(error) ? error.parameters.migrate_to_chat_id : undefined;
}

function isGrammyError(error: unknown): error is GrammyError {
  return error instanceof Error && error.name === 'GrammyError' && 'error_code' in error;
}

function isHttpError(error: unknown): error is Error & { error: unknown } {
  return error instanceof Error && error.name === 'HttpError' && 'error' in error;
}

function codeOf(error: Error): string {
  const { code, type } = error as { code?: unknown; type?: unknown };
  return [code, type].find((value) => typeof value === 'string')?.toString() ?? error.name;
}
