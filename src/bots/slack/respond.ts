import { DeliveryError } from '#core/ports/chat.ts';

const timeoutMs = 10_000;

/** Answers by the address that came with a command or a press. @throws {DeliveryError} when it is used up or refuses. */
export async function respond(url: string, body: Record<string, unknown>): Promise<void> {
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
