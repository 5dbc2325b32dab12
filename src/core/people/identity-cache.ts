import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Bus } from '#core/deps.ts';
import type { Identity } from '#core/people/identify.ts';
import type { Channel, ChatLimits, Sender } from '#core/ports/chat.ts';

const identitiesMax = 20_000;
/** Changes are heard over the bus; this bounds what a lost word costs. */
const keptMs = 60_000;

/** Who people are and what holds for them, as last read; forgotten when a setting, a language or a channel changes. */
export interface IdentityCache {
  find(sender: Asking): Identity | undefined;
  keep(sender: Asking, identity: Identity): void;
  /** Everything, in this process; others hear of a change through the topic `identities`. */
  clear(): void;
}

export function createIdentityCache(bus: Bus): IdentityCache {
  const known = new LRUCache<string, { limits: readonly (ChatLimits | undefined)[]; identity: Identity }>({
    max: identitiesMax,
    ttl: keptMs,
    ttlResolution: 1_000,
  });
  bus.on('identities', () => known.clear());
  return {
    find(sender) {
      const found = known.get(keyOf(sender));
      return found && isDeepStrictEqual(found.limits, limitsOf(sender)) ? found.identity : undefined;
    },
    keep: (sender, identity) => void known.set(keyOf(sender), { limits: limitsOf(sender), identity }),
    clear: () => known.clear(),
  };
}

type Asking = Sender & { elsewhere?: Channel };

/** With its limits, all that a platform says of a sender: whatever it says anew is looked at anew. */
function keyOf({ platform, workspace, channel, account, locale, elsewhere }: Asking): string {
  const here = `${platform}\0${workspace.platformId}\0${workspace.name}\0${channel.platformId}\0${channel.name}`;
  const person = `${account.platformId}\0${account.name}\0${account.standing}\0${locale ?? ''}`;
  return elsewhere ? `${here}\0${person}\0${elsewhere.platformId}\0${elsewhere.name}` : `${here}\0${person}`;
}

function limitsOf({ channel, elsewhere }: Asking): readonly (ChatLimits | undefined)[] {
  return [channel.limits, elsewhere?.limits];
}
