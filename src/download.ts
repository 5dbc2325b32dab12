import { lookup as lookupHost } from 'node:dns/promises';
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Largest file taken from a provider: what the OpenAI API allows for one picture going in. */
export const downloadBytesMax = 50_000_000;
const downloadTimeoutMs = 60_000;
const redirectsMax = 3;

/** All addresses of a host name, as `dns.lookup` gives them. */
export type ResolveHost = (host: string) => Promise<readonly { address: string; family: number }[]>;

export interface DownloadOptions {
  /** The operator's own server: the one origin that may be plain http or on a private address, and that gets the key. */
  trustedOrigin: string;
  /** Sent to `trustedOrigin` alone. */
  authorization?: string;
  signal: AbortSignal;
  bytesMax?: number;
  timeoutMs?: number;
  resolve?: ResolveHost;
  /** Opens a connection; tests replace it, as no public address may be contacted there. */
  send?: (url: URL, options: RequestOptions) => ClientRequest;
}

export type DownloadRefusal = 'address' | 'status' | 'too_large' | 'redirects';

/** A file that a provider pointed to and that is not fetched. Network failures and aborts keep their own errors. */
export class DownloadError extends Error {
  readonly refusal: DownloadRefusal;

  constructor(refusal: DownloadRefusal, message: string) {
    super(message);
    this.name = 'DownloadError';
    this.refusal = refusal;
  }
}

/**
 * Fetches a file from an address that came in a provider's answer, so an untrusted one: https only, public addresses
 * only, at most 50 MB in 60 s, the same for each of at most 3 redirects. The connection goes to the very address that
 * was checked, so a name that resolves differently the second time gains nothing.
 * @throws {DownloadError} when the address, the status or the size is refused.
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
    const response = await open(url, options);
    const { location } = response.headers;
    if (response.statusCode === 200) return await readBounded(response, options.bytesMax ?? downloadBytesMax);
    response.destroy();
    if (location === undefined || !isRedirect(response)) {
      throw new DownloadError('status', `${url.origin} answered ${response.statusCode}`);
    }
    url = parseAddress(location, url);
  }
  throw new DownloadError('redirects', `more than ${redirectsMax} redirects`);
}

/** True for an address that anyone on the internet may reach; false for loopback, private, link-local and the like. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

async function open(url: URL, options: DownloadOptions): Promise<IncomingMessage> {
  const isTrusted = url.origin === options.trustedOrigin;
  if (!isTrusted && url.protocol !== 'https:') throw new DownloadError('address', `${url.origin} is not https`);
  const send = options.send ?? (url.protocol === 'https:' ? requestHttps : requestHttp);
  const pinned = isTrusted ? {} : { lookup: pinTo(await resolvePublic(url, options.resolve ?? resolveByDns)) };
  const headers = isTrusted && options.authorization ? { authorization: options.authorization } : {};
  return await new Promise((resolve, reject) => {
    // No agent: a pooled connection would skip the lookup, and with it the check.
    const request = send(url, { ...pinned, headers, agent: false, signal: options.signal });
    request.on('response', resolve);
    request.on('error', reject);
    request.end();
  });
}

async function resolvePublic(url: URL, resolve: ResolveHost): Promise<{ address: string; family: number }> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = ipaddr.isValid(host)
    ? [{ address: host, family: ipaddr.parse(host).kind() === 'ipv6' ? 6 : 4 }]
    : await resolve(host);
  const [first] = addresses;
  if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new DownloadError('address', `${url.host} is not a public address`);
  }
  return first;
}

function pinTo(checked: { address: string; family: number }): LookupFunction {
  return (_host, options, callback) => {
    if (options.all) callback(null, [checked]);
    else callback(null, checked.address, checked.family);
  };
}

async function readBounded(response: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early destroys the response, so nothing past the limit is read.
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new DownloadError('too_large', `the file is over ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseAddress(address: string, base: URL | undefined): URL {
  const url = URL.parse(address, base?.href);
  if (url?.username !== '' || url.password !== '') throw new DownloadError('address', 'not an address');
  return url;
}

function isRedirect(response: IncomingMessage): boolean {
  return [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
}

const resolveByDns: ResolveHost = (host) => lookupHost(host, { all: true });
