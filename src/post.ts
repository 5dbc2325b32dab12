import { openGuarded, parseAddress, type RequestGuard } from '#src/guarded-request.ts';

/**
 * Posts bytes to an address that came in an answer, so an untrusted one; resolves to the status. Redirects are not followed.
 * @throws {FetchRefusedError} when the address is refused.
 */
export async function post(
  address: string,
  { type, body, ...guard }: RequestGuard & { type: string; body: Uint8Array },
): Promise<number> {
  const response = await openGuarded(parseAddress(address, undefined), guard, { method: 'POST', type, body });
  // What it says is of no interest, and may be endless.
  response.destroy();
  return response.statusCode ?? 0;
}
