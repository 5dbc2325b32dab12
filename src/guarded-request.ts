import { lookup as lookupHost } from 'node:dns/promises';
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** All addresses of a host name, as `dns.lookup` gives them. */
export type ResolveHost = (host: string) => Promise<readonly { address: string; family: number }[]>;

export interface RequestGuard {
  /** The operator's own server: the one origin that may be plain http or on a private address, and that gets the key. */
  trustedOrigin: string | undefined;
  /** Sent to `trustedOrigin` alone. */
  authorization?: string;
  signal: AbortSignal;
  resolve?: ResolveHost;
  /** Opens a connection; tests replace it, as no public address may be contacted there. */
  send?: (url: URL, options: RequestOptions) => ClientRequest;
}

export type FetchRefusal = 'address' | 'status' | 'too_large' | 'redirects';

/** Somebody else's address that is not fetched. Network failures and aborts keep their own errors. */
export class FetchRefusedError extends Error {
  readonly refusal: FetchRefusal;

  constructor(refusal: FetchRefusal, message: string) {
    super(message);
    this.name = 'FetchRefusedError';
    this.refusal = refusal;
  }
}

/**
 * Sends one request to an untrusted address: https and a public address only. The connection goes to the very address
 * that was checked, so a name that resolves differently the second time gains nothing. Redirects are not followed.
 * @throws {FetchRefusedError} `address`
 */
export async function openGuarded(
  url: URL,
  guard: RequestGuard,
  { method = 'GET', type, body }: { method?: 'GET' | 'POST'; type?: string; body?: Uint8Array } = {},
): Promise<IncomingMessage> {
  const isTrusted = url.origin === guard.trustedOrigin;
  if (!isTrusted && url.protocol !== 'https:') throw new FetchRefusedError('address', `${url.origin} is not https`);
  const send = guard.send ?? (url.protocol === 'https:' ? requestHttps : requestHttp);
  const pinned = isTrusted ? {} : { lookup: pinTo(await resolvePublic(url, guard.resolve ?? resolveByDns)) };
  const headers = {
    ...(isTrusted && guard.authorization ? { authorization: guard.authorization } : {}),
    ...(type ? { 'content-type': type } : {}),
    ...(body ? { 'content-length': body.byteLength } : {}),
  };
  return await new Promise((resolve, reject) => {
    // No agent: a pooled connection would skip the lookup, and with it the check.
    const request = send(url, { ...pinned, method, headers, agent: false, signal: guard.signal });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** @throws {FetchRefusedError} `address`, also where it names a user. */
export function parseAddress(address: string, base: URL | undefined): URL {
  const url = URL.parse(address, base?.href);
  if (url?.username !== '' || url.password !== '') throw new FetchRefusedError('address', 'not an address');
  return url;
}

/** What the internet assigns to hosts; everything else of IPv6 is local, reserved, or another address in disguise. */
const globalIpv6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];
/** Looks public, and is answered by the machine below a virtual one: learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16. */
const hostServices = new Set(['168.63.129.16']);

/** True for an address that anyone on the internet may reach; false for loopback, private, link-local and the like. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv6 ? parsed.match(globalIpv6) : !hostServices.has(parsed.toString());
}

async function resolvePublic(url: URL, resolve: ResolveHost): Promise<{ address: string; family: number }> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = ipaddr.isValid(host)
    ? [{ address: host, family: ipaddr.parse(host).kind() === 'ipv6' ? 6 : 4 }]
    : await resolve(host);
  const [first] = addresses;
  if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new FetchRefusedError('address', `${url.host} is not a public address`);
  }
  return first;
}

function pinTo(checked: { address: string; family: number }): LookupFunction {
  return (_host, options, callback) => {
    if (options.all) callback(null, [checked]);
    else callback(null, checked.address, checked.family);
  };
}

const resolveByDns: ResolveHost = (host) => lookupHost(host, { all: true });
