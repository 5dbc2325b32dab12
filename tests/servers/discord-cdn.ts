import { createHmac, randomBytes } from 'node:crypto';
import type { Attachment, World } from '#tests/servers/discord-world.ts';

/** https://docs.discord.com/developers/reference#signed-attachment-cdn-urls names no time; a day is what is seen. */
const lifetimeMs = 24 * 3600 * 1000;

/** Addresses of attachments, signed for a time, and what they lead to. */
export interface Cdn {
  urlOf(attachment: Attachment, channelId: string): string;
  /** What an address leads to; undefined when it is unknown, changed or expired. */
  find(url: URL): Attachment | undefined;
}

export function createCdn(world: World, origin: () => string): Cdn {
  const key = randomBytes(16);
  const sign = (path: string, ex: string) => createHmac('sha256', key).update(`${path}?${ex}`).digest('hex');
  return {
    urlOf(attachment, channelId) {
      const folder = attachment.private ? 'ephemeral-attachments' : 'attachments';
      const path = `/${folder}/${channelId}/${attachment.id}/${encodeURIComponent(attachment.name)}`;
      const seconds = Math.floor(world.now() / 1000);
      const ex = (seconds + lifetimeMs / 1000).toString(16);
      return `${origin()}${path}?ex=${ex}&is=${seconds.toString(16)}&hm=${sign(path, ex)}&`;
    },
    find(url) {
      const ex = url.searchParams.get('ex') ?? '';
      const id = url.pathname.split('/')[3];
      const isGenuine = url.searchParams.get('hm') === sign(url.pathname, ex);
      if (!isGenuine || Number.parseInt(ex, 16) * 1000 < world.now()) return undefined;
      return world.attachments.get(id ?? '')?.attachment;
    },
  };
}
