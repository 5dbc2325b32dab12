import { and, eq } from 'drizzle-orm';
import type { Channel, ChatLimits } from '#core/ports/chat.ts';
import type { Tx } from '#db/client.ts';
import { channels } from '#db/schema/index.ts';

/** Finds or writes down a channel with its limits; one that was gone and is heard from again is back. */
export async function ensureChannel(tx: Tx, workspaceId: string, channel: Channel): Promise<string> {
  const address = and(eq(channels.workspaceId, workspaceId), eq(channels.platformId, channel.platformId));
  const [known] = await tx.select().from(channels).where(address);
  const limits = { ...channel.limits };
  const same = known && known.name === channel.name && known.goneAt === null && sameLimits(known.limits, limits);
  if (same) return known.id;
  const [row] = await tx
    .insert(channels)
    .values({ workspaceId, platformId: channel.platformId, name: channel.name, limits })
    .onConflictDoUpdate({
      target: [channels.workspaceId, channels.platformId],
      set: { name: channel.name, limits, goneAt: null },
    })
    .returning({ id: channels.id });
  if (!row) throw new Error('the channel that was just written is not there');
  return row.id;
}

function sameLimits(known: ChatLimits, seen: ChatLimits): boolean {
  const names = Object.keys({ ...known, ...seen }) as (keyof ChatLimits)[];
  return names.every((name) => known[name] === seen[name]);
}
