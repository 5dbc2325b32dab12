import type { IncomingMessage } from 'node:http';
import { FetchRefusedError, openGuarded, parseAddress, type RequestGuard } from '#src/guarded-request.ts';

/** Largest file taken from a provider: what the OpenAI API allows for one picture going in. */
export const downloadBytesMax = 50_000_000;
const downloadTimeoutMs = 60_000;
const redirectsMax = 3;

export interface DownloadOptions extends RequestGuard {
  bytesMax?: number;
  timeoutMs?: number;
}

/**
 * Fetches a file from an address that came in somebody's message or answer, so an untrusted one: https only, public
 * addresses only, at most 50 MB in 60 s, the same for each of at most 3 redirects.
 * @throws {FetchRefusedError} when the address, the status or the size is refused.
 */
export async function download(address: string, options: DownloadOptions): Promise<Uint8Array> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? downloadTimeoutMs)]);
  try {
    return await follow(address, { ...options, signal });
  } catch (error) {
    // A connection that was ended says so in several ways; the signal's reason is the one that tells deadline from abort.
    signal.throwIfAborted();
    throw error;
  }
}

async function follow(address: string, options: DownloadOptions): Promise<Uint8Array> {
  let url = parseAddress(address, undefined);
  for (let hop = 0; hop <= redirectsMax; hop += 1) {
    const response = await openGuarded(url, options);
    const { location } = response.headers;
    if (response.statusCode === 200) return await readBounded(response, options.bytesMax ?? downloadBytesMax);
    response.destroy();
    if (location === undefined || !isRedirect(response)) {
      throw new FetchRefusedError('status', `${url.origin} answered ${response.statusCode}`);
    }
    url = parseAddress(location, url);
  }
  throw new FetchRefusedError('redirects', `more than ${redirectsMax} redirects`);
}

async function readBounded(response: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early destroys the response, so nothing past the limit is read.
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new FetchRefusedError('too_large', `the file is over ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isRedirect(response: IncomingMessage): boolean {
  return [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
}
