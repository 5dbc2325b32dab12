import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import type { IdentityCache } from '#core/people/identity-cache.ts';
import type { CommandCall, Reply } from '#core/ports/chat.ts';
import { renderError } from '#core/render-error.ts';

export interface AdmissionLimits {
  /** Commands that a process works on at once. */
  atOnceMax: number;
  /** Of them, one person's. */
  ofPersonMax: number;
  /** After so long a person is told that it takes longer, in milliseconds. */
  answerMaxMs: number;
  /** The same for a call whose files have to be downloaded first. */
  answerWithFilesMaxMs: number;
}

/**
 * The slowest of 200, 400 and 800 people who come at once, all of them new, has its answer after 0.5 s, 1.3 s and 2.6 s
 * (measured on two cores); Discord waits three. A webhook's request from Telegram stays open for ten.
 */
const defaultLimits: AdmissionLimits = {
  atOnceMax: 400,
  ofPersonMax: 8,
  answerMaxMs: 8_000,
  answerWithFilesMaxMs: 90_000,
};

type Run = (call: CommandCall) => Promise<Reply>;

/**
 * Bounds what a process takes on. What is over a limit is refused at once, before anything is read or written; what takes
 * too long is answered with a sentence while it goes on, and keeps its place until it has ended. `run` never rejects.
 */
export function admitCalls(
  deps: Pick<Deps, 'log' | 'i18n'> & { identities: Pick<IdentityCache, 'find'> },
  run: Run,
  limits = defaultLimits,
): Run {
  const running = new Map<string, number>();
  let atOnce = 0;

  function refuse(call: CommandCall, code: 'busy' | 'slow'): Reply {
    const locale = deps.i18n.match(call.locale) ?? 'en';
    const reader = deps.identities.find(call)?.reader ?? { locale, timeZone: 'UTC' };
    deps.log.warn({ requestId: call.requestId, platform: call.platform, code, atOnce }, 'a command was not answered');
    return { kind: 'message', message: renderError(new UserError(code), reader, call.requestId) };
  }

  async function runCounted(call: CommandCall, person: string): Promise<Reply> {
    atOnce += 1;
    running.set(person, (running.get(person) ?? 0) + 1);
    try {
      return await run(call);
    } finally {
      atOnce -= 1;
      const left = (running.get(person) ?? 1) - 1;
      if (left > 0) running.set(person, left);
      else running.delete(person);
    }
  }

  return async (call) => {
    const person = `${call.platform}\0${call.account.platformId}`;
    if (atOnce >= limits.atOnceMax || (running.get(person) ?? 0) >= limits.ofPersonMax) return refuse(call, 'busy');
    const maxMs = call.files.length > 0 ? limits.answerWithFilesMaxMs : limits.answerMaxMs;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(refuse(call, 'slow')), maxMs);
      void runCounted(call, person)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  };
}
