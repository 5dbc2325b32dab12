import { DeliveryError } from '#core/ports/delivery.ts';

const timeoutMsDefault = 10_000;
/** docs.slack.dev/interactivity/handling-user-interaction#message_responses; the second is GovSlack's. */
const responseHosts = ['hooks.slack.com', 'hooks.slack-gov.com'];

export type Respond = ReturnType<typeof createRespond>;

/** Answers by the addresses that come with commands and presses: Slack's own, and those of the server that stands in for it. */
export function createRespond(apiUrl: string | undefined, { timeoutMs = timeoutMsDefault } = {}) {
  /** @throws {DeliveryError} when the address is used up, refuses, or is not Slack's. */
  return async (url: string, body: Record<string, unknown>): Promise<void> => {
    if (!isSlackAddress(url, apiUrl)) {
      throw new DeliveryError('bad_request', "the response address is not one of Slack's", { retryable: false });
    }
    await post(url, body, timeoutMs);
  };
}

function isSlackAddress(url: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port, origin } = new URL(url);
  if (apiUrl !== undefined && origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && port === '' && responseHosts.includes(hostname);
}

async function post(url: string, body: Record<string, unknown>, timeoutMs: number): Promise<void> {
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    status = response.status;
    await response.arrayBuffer();
  } catch (error) {
    throw new DeliveryError('network', 'the response address was not reached', { retryable: false, cause: error });
  }
  if (status !== 200)
    throw new DeliveryError('bad_request', `the response address got status ${status}`, { retryable: false });
}
