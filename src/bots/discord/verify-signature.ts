import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Discord signs each request anew; one that is older was recorded by somebody. */
const ageMaxMs = 300_000;

/** Reads `DISCORD_PUBLIC_KEY`; undefined when it is none. */
export function readPublicKey(hex: string): KeyObject | undefined {
  if (!/^[0-9a-f]{64}$/i.test(hex)) return undefined;
  const x = Buffer.from(hex, 'hex').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers */
export function isSigned(
  key: KeyObject,
  request: { signature: unknown; timestamp: unknown; body: Uint8Array },
  nowMs: number,
): boolean {
  const { signature, timestamp, body } = request;
  if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/i.test(signature)) return false;
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs - Number(timestamp) * 1000) > ageMaxMs) return false;
  return verify(null, Buffer.concat([Buffer.from(timestamp), body]), key, Buffer.from(signature, 'hex'));
}
