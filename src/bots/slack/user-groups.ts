import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { SlackClient } from '#bots/slack/client.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { askAgainMsDefault, createLookUps, strictly } from '#bots/slack/look-ups.ts';
import type { Logger } from '#src/logger.ts';

/** A user group of the workspace, by its id. */
export interface UserGroup {
  /** What people mention it by. */
  handle: string;
  users: ReadonlySet<string>;
}
type UserGroups = ReadonlyMap<string, UserGroup>;

const listed = z.object({
  usergroups: z.array(z.object({ id: z.string(), handle: z.string(), users: z.array(z.string()).default([]) })),
});

/** Slack tells of changes as they happen; this bounds what a lost event costs. */
const cachedMs = 60_000;
/** A workspace has one list. */
const all = 'all';

/** The workspace's user groups with their people; none where Slack does not say, as before the app had the scope for it. */
export function createUserGroups(client: SlackClient, log: Logger, { askAgainMs = askAgainMsDefault } = {}) {
  const lookUps = createLookUps(client, log, { askAgainMs });
  const known = new LRUCache<string, UserGroups>({
    ...{ max: 1, ttl: cachedMs, ttlResolution: 1_000 },
    noDeleteOnStaleGet: true,
    allowStaleOnFetchRejection: true,
    // Who asked before a change was told of still gets the answer, which is not kept.
    ignoreFetchAbort: true,
    fetchMethod: () =>
      lookUps.call('usergroups.list', { include_users: true }, { read: readGroups }).catch((error: unknown) => {
        if (codeOf(error) === 'missing_scope') return new Map();
        throw error;
      }),
  });
  const groupsOf = (user: string, groups: UserGroups) =>
    [...groups].flatMap(([id, { users }]) => (users.has(user) ? [id] : []));
  return {
    /** Without a question to Slack; undefined when it takes one. */
    knownOf(user: string): string[] | undefined {
      const groups = known.get(all);
      return groups && groupsOf(user, groups);
    },
    async of(user: string): Promise<string[]> {
      return groupsOf(user, await this.list());
    },
    /** @throws {DeliveryError} while Slack does not say. */
    async ask(user: string): Promise<string[]> {
      const groups = known.get(all) ?? (await known.fetch(all, strictly));
      return groupsOf(user, groups ?? new Map());
    },
    async list(): Promise<UserGroups> {
      // What failed has been logged.
      return known.get(all) ?? (await known.fetch(all).catch(() => undefined)) ?? new Map();
    },
    forget: () => known.clear(),
  };
}

export type UserGroupLookUps = ReturnType<typeof createUserGroups>;

function readGroups(answer: unknown): UserGroups {
  return new Map(
    listed.parse(answer).usergroups.map(({ id, handle, users }) => [id, { handle, users: new Set(users) }]),
  );
}
