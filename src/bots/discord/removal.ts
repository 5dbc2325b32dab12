import type { Api } from '#bots/discord/api.ts';
import { codeOf, errorCode } from '#bots/discord/delivery-error.ts';
import { DeliveryError } from '#core/ports/delivery.ts';

/** A command may be waiting for the answer. */
const lookupTimeoutMs = 3_000;
/** What a channel answers where the bot is in the guild no more; also where it alone was closed or deleted. */
const shutOut: ReadonlySet<number | undefined> = new Set([
  errorCode.missingAccess,
  errorCode.unknownChannel,
  errorCode.unknownGuild,
]);

/**
 * Runs a call to a channel of a guild. Where the bot is shut out of it, the guild is asked too: without the gateway nothing else
 * tells that the bot was taken out of it.
 * @throws {DeliveryError} `removed` where it was, else what the call throws.
 */
export async function noticeRemoval<T>(
  api: Pick<Api, 'call'>,
  guildId: string | undefined,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (guildId === undefined || !/^\d{1,20}$/.test(guildId) || !shutOut.has(codeOf(error))) throw error;
    if (await isIn(api, guildId)) throw error;
    throw new DeliveryError('removed', 'the bot was taken out of the server', { retryable: false, cause: error });
  }
}

async function isIn(api: Pick<Api, 'call'>, guildId: string): Promise<boolean> {
  try {
    await api.call({ method: 'GET', path: `/guilds/${guildId}`, signal: AbortSignal.timeout(lookupTimeoutMs) });
    return true;
  } catch (error) {
    const code = codeOf(error);
    // What cannot be found out now is told by the next call.
    return code !== errorCode.unknownGuild && code !== errorCode.missingAccess;
  }
}
