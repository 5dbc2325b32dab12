import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readBody } from '#tests/servers/discord-requests.ts';
import type { Json } from '#tests/servers/discord-world.ts';

/** How a delivery is signed; all but `right` must be turned away with 401. */
export type Signing = 'right' | 'another key' | 'changed body' | 'changed timestamp' | 'not hex' | 'missing';

/** One POST to the app's interactions endpoint, and what came back. */
export interface Delivery {
  status: number;
  body: unknown;
  files: Awaited<ReturnType<typeof readBody>>['files'];
}

export interface Deliverer {
  /** What `DISCORD_PUBLIC_KEY` takes: 32 bytes in hex. */
  publicKey: string;
  post(url: string, payload: Json, options?: { signing?: Signing; timestampMs?: number }): Promise<Delivery>;
}

/** Signs as https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers says. */
export function createDeliverer(now: () => number): Deliverer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const stranger = generateKeyPairSync('ed25519').privateKey;
  return {
    // The key itself is the last 32 bytes of its DER form.
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex'),
    async post(url, payload, { signing = 'right', timestampMs = now() } = {}) {
      const body = JSON.stringify(payload);
      const timestamp = String(Math.floor(timestampMs / 1000));
      const signature = signatureOf(signing, { privateKey, stranger }, timestamp, body);
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Discord-Interactions/1.0 (+https://discord.com)',
          'x-signature-timestamp': timestamp,
          ...(signature === undefined ? {} : { 'x-signature-ed25519': signature }),
        },
        body,
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const type = response.headers.get('content-type') ?? '';
      const read = await readBody(bytes, type).catch(() => ({ body: bytes.toString(), files: [] }));
      return { status: response.status, ...read };
    },
  };
}

function signatureOf(
  signing: Signing,
  keys: { privateKey: KeyObject; stranger: KeyObject },
  timestamp: string,
  body: string,
): string | undefined {
  const of = (text: string, key = keys.privateKey) => sign(null, Buffer.from(text), key).toString('hex');
  switch (signing) {
    case 'right':
      return of(timestamp + body);
    case 'another key':
      return of(timestamp + body, keys.stranger);
    case 'changed body':
      return of(`${timestamp}${body} `);
    case 'changed timestamp':
      return of(`${Number(timestamp) - 1}${body}`);
    case 'not hex':
      return 'zz'.repeat(64);
    case 'missing':
      return undefined;
  }
}
