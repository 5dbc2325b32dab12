import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import type { IdentityCache } from '#core/people/identity-cache.ts';
import type { CommandCall, Reply } from '#core/ports/chat.ts';
import { renderError } from '#core/render-error.ts';

/** Far more than hands can type, with every picture of an album and every press counted; a script gets no further. */
const defaultLimits = { callsMax: 600, windowSeconds: 60 };

type Run = (call: CommandCall) => Promise<Reply>;

/**
 * Bounds what one account may ask of a process, before anything of it is read. The first call over the limit is answered
 * with a sentence, and those after it with nothing until the window is over: who floods is not flooded back.
 */
export function limitAccounts(
  deps: Pick<Deps, 'log' | 'i18n'> & { identities: Pick<IdentityCache, 'find'> },
  run: Run,
  { callsMax, windowSeconds } = defaultLimits,
): Run {
  const limiter = new RateLimiterMemory({ points: callsMax, duration: windowSeconds });
  const security = deps.log.child({ log: 'security' });

  return async (call) => {
    const { platform, account, requestId } = call;
    try {
      await limiter.consume(`${platform}\0${account.platformId}`);
    } catch (over) {
      if (!(over instanceof RateLimiterRes)) throw over;
      if (over.consumedPoints > callsMax + 1) return { kind: 'none' };
      security.warn(
        { event: 'account_limited', platform, account: account.platformId, requestId },
        'too many commands',
      );
      if (call.overheard) return { kind: 'none' };
      const locale = deps.i18n.match(call.locale) ?? 'en';
      const reader = deps.identities.find(call)?.reader ?? { locale, timeZone: 'UTC' };
      return { kind: 'message', message: renderError(new UserError('tooFast', { max: callsMax }), reader, requestId) };
    }
    return run(call);
  };
}
