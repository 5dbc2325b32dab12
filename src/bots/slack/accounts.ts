import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { SlackClient } from '#bots/slack/client.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { askAgainMsDefault, createLookUps, strictly } from '#bots/slack/look-ups.ts';
import type { Role } from '#core/ports/chat.ts';
import type { Logger } from '#src/logger.ts';

/** A person as the workspace knows them. */
export interface SlackAccount {
  name: string;
  standing: Role;
  locale?: string;
  /** Was taken off the workspace. */
  deactivated?: true;
}

const userAnswer = z.object({
  user: z.object({
    name: z.string().nullish(),
    real_name: z.string().nullish(),
    profile: z.object({ display_name: z.string().nullish(), real_name: z.string().optional() }).optional(),
    locale: z.string().nullish(),
    deleted: z.boolean().nullish(),
    is_primary_owner: z.boolean().nullish(),
    is_owner: z.boolean().nullish(),
    is_admin: z.boolean().nullish(),
    is_restricted: z.boolean().nullish(),
    is_ultra_restricted: z.boolean().nullish(),
    is_stranger: z.boolean().nullish(),
  }),
});

/** Slack tells of changes as they happen; a right that was taken away is gone after a minute all the same. */
const cachedMs = 60_000;

/**
 * Looks people up with users.info. While Slack does not answer, who was known before stays who they were; anybody else
 * is a member.
 */
export function createAccounts(
  client: SlackClient,
  log: Logger,
  { askAgainMs = askAgainMsDefault, ttlMs = cachedMs } = {},
) {
  const lookUps = createLookUps(client, log, { askAgainMs });
  const known = new LRUCache<string, SlackAccount>({
    ...{ max: 5000, ttl: ttlMs, ttlResolution: Math.min(ttlMs, 1_000) },
    noDeleteOnStaleGet: true,
    allowStaleOnFetchRejection: true,
    // Who asked before a change was told of still gets the answer, which is not kept.
    ignoreFetchAbort: true,
    fetchMethod: (user) =>
      lookUps.call('users.info', { user, include_locale: true }, { read: (answer) => readAccount(answer, user) }),
  });
  return {
    /** Without a question to Slack; undefined when it takes one. */
    known: (user: string): SlackAccount | undefined => known.get(user),
    async find(user: string): Promise<SlackAccount> {
      // What failed has been logged.
      const account = known.get(user) ?? (await known.fetch(user).catch(() => undefined));
      return account ?? { name: user, standing: 'member' };
    },
    /** Undefined for whom the workspace does not know. @throws {DeliveryError} while Slack does not say. */
    async ask(user: string): Promise<SlackAccount | undefined> {
      return known.get(user) ?? (await known.fetch(user, strictly).catch(throwUnlessUnknown));
    },
    forget: (user: string) => void known.delete(user),
  };
}

function throwUnlessUnknown(error: unknown): undefined {
  if (codeOf(error) !== 'user_not_found') throw error;
}

export type Accounts = ReturnType<typeof createAccounts>;

/** The account in an answer of users.info. */
export function readAccount(answer: unknown, id: string): SlackAccount {
  const { user } = userAnswer.parse(answer);
  const name = user.profile?.display_name || user.real_name || user.profile?.real_name || user.name || id;
  return {
    ...{ name, standing: standingOf(user) },
    ...(user.locale ? { locale: user.locale } : {}),
    ...(user.deleted ? { deactivated: true } : {}),
  };
}

/** Guests of the workspace, and people of another one in a shared channel, have the least rights. */
function standingOf(user: z.infer<typeof userAnswer>['user']): Role {
  if (user.is_restricted || user.is_ultra_restricted || user.is_stranger) return 'guest';
  if (user.is_primary_owner) return 'owner';
  return user.is_owner || user.is_admin ? 'admin' : 'member';
}
