import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { bugMessage } from '#bots/private-message.ts';
import { createAlbums } from '#bots/telegram/albums.ts';
import type { Update } from '#bots/telegram/api.ts';
import { toCall } from '#bots/telegram/call.ts';
import { withoutSecrets } from '#bots/telegram/delivery-error.ts';
import { type Heard, type Me, readCallback, readMessage } from '#bots/telegram/inbound.ts';
import { createLanes } from '#bots/telegram/lanes.ts';
import { startWaiting } from '#bots/telegram/press.ts';
import { type ReplyDeps, showReply } from '#bots/telegram/show-reply.ts';
import type { ChatCore, CommandCall, Reply, Role } from '#core/ports/chat.ts';

export interface TakerDeps extends ReplyDeps {
  core: ChatCore;
  standingOf(heard: Heard): Promise<Role>;
  timing: {
    /** A person who waits longer sees that we are at it. */
    deferMs: number;
    /** An album is complete when no part of it has come for so long. */
    albumQuietMs: number;
    /** So long the next of a chat waits for the one before it. */
    laneWaitMs: number;
  };
}

/** Takes updates in, whichever way they came. */
export interface Taker {
  /** The same again is the same. Neither promise rejects. */
  take(update: Update): Taken;
  /** Resolves when nothing that was taken is still at work. */
  idle(): Promise<void>;
}

export interface Taken {
  /** Resolves once the update is safe. */
  committed: Promise<void>;
  /** Resolves once its answer is shown, or will not be. */
  answered: Promise<void>;
}

/** What is delivered again later than this is known by the core alone. */
const rememberedMs = 10 * 60_000;
const rememberedMax = 20_000;

export function createTaker(deps: TakerDeps, me: Me): Taker {
  const { timing, core, log } = deps;
  const taken = new LRUCache<string, Taken>({ max: rememberedMax, ttl: rememberedMs });
  const commits = createLanes(timing.laneWaitMs);
  const shows = createLanes(timing.laneWaitMs);
  const atWork = new Set<Promise<void>>();

  /** Resolves after the commit; what is shown follows, in the order of the chat. */
  async function answer(heard: Heard | null): Promise<{ shown: Promise<void> }> {
    if (!heard) return { shown: Promise.resolve() };
    const requestId = randomUUID();
    const waiting = startWaiting(deps, heard, timing.deferMs);
    const { call, reply } = await ask(heard, requestId);
    const { press } = waiting;
    const show = async () => {
      await showReply(deps, { heard, me, reply, ...(press ? { press } : {}) });
      if (call) core.onAnswered(call);
    };
    const shown = shows
      .run(String(heard.chat.id), show)
      .catch((error: unknown) => {
        log.warn({ err: withoutSecrets(error), requestId }, 'an answer could not be shown on Telegram');
      })
      .finally(waiting.stop);
    return { shown };
  }

  async function ask(heard: Heard, requestId: string): Promise<{ call?: CommandCall; reply: Reply }> {
    try {
      const call = toCall(heard, await deps.standingOf(heard), requestId);
      return { call, reply: await core.onCall(call) };
    } catch (error) {
      log.error({ err: error, requestId }, 'a command from Telegram failed');
      return { reply: { kind: 'message', message: bugMessage(deps.i18n, heard.locale, requestId) } };
    }
  }

  const albums = createAlbums(timing.albumQuietMs, (first, messages) =>
    commits.run(String(first.chat.id), async () => answer(readMessage(await messages, me))),
  );

  /** Also of a private chat: the person has blocked the bot. */
  async function noteMembership({ chat, new_chat_member: { status } }: NonNullable<Update['my_chat_member']>) {
    if (status === 'kicked' || status === 'left') await core.onRemoved('telegram', String(chat.id));
    return { shown: Promise.resolve() };
  }

  function route(update: Update): Promise<{ shown: Promise<void> }> {
    const { message, callback_query: query, my_chat_member: membership } = update;
    if (membership) return commits.run(String(membership.chat.id), () => noteMembership(membership));
    if (query) return commits.run(String(query.message?.chat.id), async () => answer(readCallback(query)));
    if (!message) return answer(null);
    if (message.media_group_id !== undefined) return albums.add(message);
    return commits.run(String(message.chat.id), async () => answer(readMessage([message], me)));
  }

  /** What cannot be read is told and left, as it would come again and again. */
  async function start(update: Update): Promise<{ shown: Promise<void> }> {
    try {
      return await route(update);
    } catch (error) {
      log.error({ err: error, updateId: update.update_id }, 'an update from Telegram could not be read');
      return { shown: Promise.resolve() };
    }
  }

  return {
    take(update) {
      const key = keyOf(update);
      const known = taken.get(key);
      if (known) return known;
      const committed = start(update);
      const answered = committed.then(({ shown }) => shown).finally(() => atWork.delete(answered));
      atWork.add(answered);
      const fresh = { committed: committed.then(() => undefined), answered };
      taken.set(key, fresh);
      return fresh;
    },
    async idle() {
      while (atWork.size > 0) await Promise.all(atWork);
    },
  };
}

/** By what was said where: the same may come with another update id. */
function keyOf({ update_id, message, callback_query: query }: Update): string {
  if (message) return `message:${message.chat.id}:${message.message_id}`;
  return query ? `callback:${query.id}` : `update:${update_id}`;
}
