import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { createAlbums } from '#bots/telegram/albums.ts';
import type { Update } from '#bots/telegram/api.ts';
import { toCall } from '#bots/telegram/call.ts';
import { withoutSecrets } from '#bots/telegram/delivery-error.ts';
import { type Heard, type Me, readCallback, readMessage } from '#bots/telegram/inbound.ts';
import { createLanes } from '#bots/telegram/lanes.ts';
import { startWaiting } from '#bots/telegram/press.ts';
import { type ReplyDeps, showReply } from '#bots/telegram/show-reply.ts';
import type { ChatCore, OutgoingMessage, Reply, Role } from '#core/ports/chat.ts';

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
  /** Resolves once the update is safe, and never rejects. The same again is the same. */
  take(update: Update): Promise<void>;
  /** Resolves when nothing that was taken is still at work. */
  idle(): Promise<void>;
}

/** What is delivered again later than this is known by the core alone. */
const rememberedMs = 10 * 60_000;
const rememberedMax = 20_000;

export function createTaker(deps: TakerDeps, me: Me): Taker {
  const { timing } = deps;
  const taken = new LRUCache<string, Promise<void>>({ max: rememberedMax, ttl: rememberedMs });
  const commits = createLanes(timing.laneWaitMs);
  const shows = createLanes(timing.laneWaitMs);
  const atWork = new Set<Promise<void>>();

  function track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => atWork.delete(tracked));
    atWork.add(tracked);
    return tracked;
  }

  /** Resolves after the commit; what is shown follows, in the order of the chat. */
  async function answer(heard: Heard | null): Promise<void> {
    if (!heard) return;
    const requestId = randomUUID();
    const waiting = startWaiting(deps, heard, timing.deferMs);
    const reply = await ask(heard, requestId);
    const { press } = waiting;
    const showing = shows.run(String(heard.chat.id), () =>
      showReply(deps, { heard, me, reply, ...(press ? { press } : {}) }),
    );
    void track(
      showing
        .catch((error: unknown) => {
          deps.log.warn({ err: withoutSecrets(error), requestId }, 'an answer could not be shown on Telegram');
        })
        .finally(waiting.stop),
    );
  }

  async function ask(heard: Heard, requestId: string): Promise<Reply> {
    try {
      return await deps.core.onCall(toCall(heard, await deps.standingOf(heard), requestId));
    } catch (error) {
      deps.log.error({ err: error, requestId }, 'a command from Telegram failed');
      return { kind: 'message', message: bugMessage(deps.i18n.match(heard.locale) ?? 'en', requestId) };
    }
  }

  const albums = createAlbums(timing.albumQuietMs, (first, messages) =>
    commits.run(String(first.chat.id), async () => answer(readMessage(await messages, me))),
  );

  function start({ message, callback_query: query }: Update): Promise<void> {
    if (query) return commits.run(String(query.message?.chat.id), () => answer(readCallback(query)));
    if (!message) return Promise.resolve();
    if (message.media_group_id !== undefined) return albums.add(message);
    return commits.run(String(message.chat.id), () => answer(readMessage([message], me)));
  }

  return {
    take(update) {
      const key = keyOf(update);
      const known = taken.get(key);
      if (known) return known;
      const committed = track(start(update));
      taken.set(key, committed);
      return committed;
    },
    async idle() {
      while (atWork.size > 0) await Promise.allSettled(atWork);
    },
  };
}

/** By what was said where: the same may come with another update id. */
function keyOf({ update_id, message, callback_query: query }: Update): string {
  if (message) return `message:${message.chat.id}:${message.message_id}`;
  return query ? `callback:${query.id}` : `update:${update_id}`;
}

function bugMessage(locale: string, reference: string): OutgoingMessage {
  return {
    locale,
    timeZone: 'UTC',
    audience: 'private',
    tone: 'error',
    lines: [{ key: 'errors.bug', values: { reference } }],
    fields: [],
    images: [],
    imagesAs: 'pictures',
    actions: [],
  };
}
