import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DiscordDeps } from '#bots/discord/deps.ts';
import type { KnownAttachments } from '#bots/discord/known-attachments.ts';
import { markerOf } from '#bots/discord/message-marker.ts';
import { postMessage } from '#bots/discord/post-message.ts';
import type { Channel } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';

/** Who closes their direct messages meanwhile is found out by what is posted next. */
const knownOpenMs = 60 * 60_000;
const knownMax = 5_000;

/** Discord opens direct messages with everybody; whether a person takes any is known once one was posted. */
export function createGreet(deps: DiscordDeps & { attachments: KnownAttachments }) {
  const open = new LRUCache<string, true>({ max: knownMax, ttl: knownOpenMs, ttlResolution: 1_000 });

  /** Greets whom nothing was posted to for a while. @throws {DeliveryError} when the person takes no messages. */
  return async ({ platformId: channelId, limits }: Channel, greeting: OutgoingMessage): Promise<void> => {
    if (open.has(channelId)) return;
    const attempt = { limits, pause: () => undefined };
    await postMessage(deps, { channelId, part: greeting, marker: markerOf(`greeting-${randomUUID()}`), attempt });
    open.set(channelId, true);
  };
}
