import { createHmac } from 'node:crypto';

/** Headers as Slack signs requests: docs.slack.dev/authentication/verifying-requests-from-slack. `nowMs` since the epoch. */
export function signatureHeaders(
  secret: string,
  body: string,
  nowMs: number,
  { wrong = false, ageMs = 0 }: { wrong?: boolean; ageMs?: number } = {},
): Record<string, string> {
  const timestamp = String(Math.floor((nowMs - ageMs) / 1000));
  const key = wrong ? `${secret}-of-somebody-else` : secret;
  const signature = createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` };
}
