import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Bus } from '#core/deps.ts';
import type { Identity, Place } from '#core/people/identify.ts';
import type { Channel, Sender } from '#core/ports/chat.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';

const identitiesMax = 20_000;
const placesMax = 5_000;
/** Changes are heard over the bus; this bounds what a lost word costs. */
const keptMs = 60_000;

/** Who people are and what holds for them, as last read; forgotten when a setting, a language or a channel changes. */
export interface IdentityCache {
  find(sender: Asking): Identity | undefined;
  /** `epoch` is that of the moment before it was read: what has changed since then is not kept as it was. */
  keep(sender: Asking, identity: Identity, epoch: number): void;
  /** Where somebody else spoke before. */
  findPlace(sender: Asking): Place | undefined;
  keepPlace(sender: Asking, place: Place, epoch: number): void;
  /** Another one whenever something has changed. */
  epoch(): number;
  /** Everything, in this process; others hear of a change through the topic `identities`. */
  clear(): void;
}

export function createIdentityCache(bus: Bus): IdentityCache {
  const identities = createCache<Identity>(identitiesMax, keyOf);
  const places = createCache<Place>(placesMax, placeKeyOf);
  /** What was written down of somebody last: anything else that is said of them has to be written down again. */
  const said = new LRUCache<string, string>({ max: identitiesMax });
  let epoch = 0;
  const clear = () => {
    epoch += 1;
    said.clear();
    identities.clear();
    places.clear();
  };
  bus.on('identities', clear);
  return {
    find: (sender) => (said.get(memberKeyOf(sender)) === accountOf(sender) ? identities.find(sender) : undefined),
    keep(sender, identity, since) {
      if (since !== epoch) return;
      said.set(memberKeyOf(sender), accountOf(sender));
      identities.keep(sender, identity);
    },
    findPlace: places.find,
    keepPlace: (sender, place, since) => (since === epoch ? places.keep(sender, place) : undefined),
    epoch: () => epoch,
    clear,
  };
}

type Asking = Sender & { elsewhere?: Channel };

interface Kept<T> {
  here: ChatLimits;
  elsewhere: ChatLimits | undefined;
  value: T;
}

/** With the limits of its channels, a key is all that a platform says: whatever it says anew is looked at anew. */
function createCache<T extends object>(max: number, keyFor: (sender: Asking) => string) {
  const known = new LRUCache<string, Kept<T>>({
    max,
    ttl: keptMs,
    ttlResolution: 1_000,
  });
  return {
    find(sender: Asking): T | undefined {
      const found = known.get(keyFor(sender));
      if (!found || !areEqual(found.here, sender.channel.limits)) return undefined;
      return areEqual(found.elsewhere, sender.elsewhere?.limits) ? found.value : undefined;
    },
    keep: (sender: Asking, value: T) =>
      void known.set(keyFor(sender), { here: sender.channel.limits, elsewhere: sender.elsewhere?.limits, value }),
    clear: () => known.clear(),
  };
}

function keyOf(sender: Asking): string {
  return `${placeKeyOf(sender)}\0${sender.account.platformId}\0${accountOf(sender)}\0${sender.locale ?? ''}`;
}

function memberKeyOf({ platform, workspace, account }: Asking): string {
  return `${platform}\0${workspace.platformId}\0${account.platformId}`;
}

function accountOf({ account }: Asking): string {
  const { name, username = '', standing, platformRoles = [] } = account;
  return [name, username, standing, ...platformRoles].join('\0');
}

function placeKeyOf({ platform, workspace, channel, elsewhere }: Asking): string {
  const here = `${platform}\0${workspace.platformId}\0${workspace.name}\0${channel.platformId}\0${channel.name}`;
  return elsewhere ? `${here}\0${elsewhere.platformId}\0${elsewhere.name}` : here;
}

/** Most often the very same: a platform has one set of them. */
function areEqual(a: ChatLimits | undefined, b: ChatLimits | undefined): boolean {
  return a === b || isDeepStrictEqual(a, b);
}
