import { LRUCache } from 'lru-cache';
import type { Bus } from '#core/deps.ts';
import type { Identity } from '#core/people/identify.ts';
import type { Channel, ChatLimits, Sender } from '#core/ports/chat.ts';

const identitiesMax = 20_000;
/** Changes are heard over the bus; this bounds what a lost word costs. */
const keptMs = 60_000;

/** Who people are and what holds for them, as last read; forgotten when a setting, a language or a channel changes. */
export interface IdentityCache {
  find(sender: Sender & { elsewhere?: Channel }): Identity | undefined;
  keep(sender: Sender & { elsewhere?: Channel }, identity: Identity): void;
  /** Everything, in this process; others hear of a change through the topic `identities`. */
  clear(): void;
}

export function createIdentityCache(bus: Bus): IdentityCache {
  const known = new LRUCache<string, Identity>({ max: identitiesMax, ttl: keptMs, ttlResolution: 1_000 });
  bus.on('identities', () => known.clear());
  return {
    find: (sender) => known.get(keyOf(sender)),
    keep: (sender, identity) => void known.set(keyOf(sender), identity),
    clear: () => known.clear(),
  };
}

/** All that a platform says of a sender: whatever it says anew is looked at anew. */
function keyOf({ platform, workspace, channel, account, locale, elsewhere }: Sender & { elsewhere?: Channel }): string {
  const parts = [
    platform,
    workspace.platformId,
    workspace.name,
    ...channelParts(channel),
    account.platformId,
    account.name,
    account.standing,
    locale ?? '',
  ];
  return (elsewhere ? [...parts, ...channelParts(elsewhere)] : parts).join('\0');
}

/** A platform's limits are mostly one object. */
const written = new WeakMap<ChatLimits, string>();

function channelParts({ platformId, name, limits }: Channel): string[] {
  const known = written.get(limits) ?? JSON.stringify(limits);
  written.set(limits, known);
  return [platformId, name, known];
}
