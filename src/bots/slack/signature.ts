import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** Older requests may be somebody's recording; docs.slack.dev/authentication/verifying-requests-from-slack. */
const ageMaxSeconds = 5 * 60;

/** Checks that a request comes from Slack, and lately: HMAC-SHA256 over its time and its bytes, compared in constant time. */
export function createSignatureCheck(signingSecret: string, now: () => number = Date.now) {
  const key = createSecretKey(signingSecret, 'utf8');
  return (body: Uint8Array, timestamp: unknown, signature: unknown): boolean => {
    if (typeof timestamp !== 'string' || typeof signature !== 'string') return false;
    if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now() / 1000 - Number(timestamp)) > ageMaxSeconds) return false;
    const expected = Buffer.from(
      `v0=${createHmac('sha256', key).update(`v0:${timestamp}:`).update(body).digest('hex')}`,
    );
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
}
