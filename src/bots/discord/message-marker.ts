import { createHash } from 'node:crypto';

/** What makes a message known again: Discord keeps a nonce for minutes, the id of a component for good. */
export interface MessageMarker {
  nonce: string;
  componentId: number;
}

/** https://docs.discord.com/developers/resources/message#create-message */
const nonceCharsMax = 25;

/** The same key gives the same marker. */
export function markerOf(key: string): MessageMarker {
  const hash = createHash('sha256').update(key).digest();
  return {
    nonce: hash.toString('base64url').slice(0, nonceCharsMax),
    // Positive in 32 bits, and above the ids that Discord counts up from 1.
    componentId: (hash.readUInt32BE() & 0x3fffffff) | 0x40000000,
  };
}
