import type { download } from '#src/download.ts';
import { FetchRefusedError } from '#src/guarded-request.ts';
import type { Logger } from '#src/logger.ts';
import type { post } from '#src/post.ts';

/** The same requests, with those to a forbidden address in the security log: by the host alone, as the rest may be a secret. */
export function logRefusals<F extends typeof download | typeof post>(fetch: F, log: Logger): F {
  const security = log.child({ log: 'security' });
  return (async (address: string, options: never) => {
    try {
      return await (fetch as (address: string, options: never) => Promise<unknown>)(address, options);
    } catch (error) {
      if (error instanceof FetchRefusedError && error.refusal === 'address') {
        security.warn({ event: 'fetch_refused', reason: error.message }, 'an address was not fetched');
      }
      throw error;
    }
  }) as F;
}
