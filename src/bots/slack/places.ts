import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Accounts } from '#bots/slack/accounts.ts';
import type { SlackClient } from '#bots/slack/client.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { limits } from '#bots/slack/limits.ts';
import { createLookUps } from '#bots/slack/look-ups.ts';
import type { Channel } from '#core/ports/chat.ts';
import { closedReasons, DeliveryError } from '#core/ports/delivery.ts';
import type { Logger } from '#src/logger.ts';

/** A channel, and whether the bot can post there. */
export interface Place {
  channel: Channel;
  postable: boolean;
}

const opened = z.object({ channel: z.object({ id: z.string() }) });
const described = z.object({
  channel: z.object({
    name: z.string().optional(),
    is_member: z.boolean().optional(),
  }),
});

/** A person's direct messages with the bot keep their id. */
const directsMax = 5000;
/** A bot that was removed finds out when it posts; one that was invited must not have to wait. */
const members = { max: 2000, ttl: 5 * 60_000, ttlResolution: 1_000 };

/** Where the bot can post, and where it cannot. */
export function createPlaces(client: SlackClient, accounts: Accounts, log: Logger) {
  const lookUps = createLookUps(client, log);
  const directs = new LRUCache<string, string>({ max: directsMax });
  const joined = new LRUCache<string, Channel>(members);

  async function openDirect(user: string): Promise<string> {
    const known = directs.get(user);
    if (known !== undefined) return known;
    const { channel } = opened.parse(await client.call('conversations.open', { users: user }));
    directs.set(user, channel.id);
    return channel.id;
  }

  /** @throws {DeliveryError} when the person takes no messages from the bot. */
  async function direct(user: string): Promise<Channel> {
    const [id, { name }] = await Promise.all([openDirect(user), accounts.find(user)]);
    return { platformId: id, name, limits, direct: true };
  }

  /** `heard`: the bot was spoken to there, so it is in. */
  async function find(id: string, user: string, { name, heard }: { name: string; heard: boolean }): Promise<Place> {
    const known = joined.get(id);
    if (known) return { channel: known, postable: true };
    if (id.startsWith('D') && heard) {
      directs.set(user, id);
      const { name: person } = await accounts.find(user);
      return { channel: { platformId: id, name: person, limits, direct: true }, postable: true };
    }
    const unnamed = { platformId: id, name, limits };
    try {
      if (id.startsWith('D')) {
        const own = await direct(user);
        return own.platformId === id ? { channel: own, postable: true } : { channel: unnamed, postable: false };
      }
      const { channel } = await lookUps.call(
        'conversations.info',
        { channel: id },
        {
          read: (answer) => described.parse(answer),
          isAnswer: (error) => !heard && isRefusal(error),
        },
      );
      const found = { ...unnamed, name: channel.name ?? name };
      if (channel.is_member || heard) joined.set(id, found);
      return { channel: found, postable: channel.is_member === true || heard };
    } catch (error) {
      if (!heard && isHidden(error)) return { channel: unnamed, postable: false };
      if (id.startsWith('D')) log.warn({ err: error, channel: id }, 'direct messages could not be looked up');
      // The bot is taken to be in.
      return { channel: unnamed, postable: true };
    }
  }

  return {
    direct,
    find,
    /** A channel that the bot is in, without a question to Slack; undefined when it takes one. */
    known: (id: string): Channel | undefined => joined.get(id),
  };
}

/** Private channels without the bot do not exist for it; about people's own group messages it may not ask. */
function isHidden(error: unknown): boolean {
  return isRefusal(error) || codeOf(error) === 'missing_scope';
}

/** It ends when the bot is invited, and whoever invites it must not have to wait. */
function isRefusal(error: unknown): boolean {
  return error instanceof DeliveryError && closedReasons.has(error.reason);
}

export type Places = ReturnType<typeof createPlaces>;
