import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiRefusal, refusal } from '#tests/servers/discord-errors.ts';
import { type Fault, refusalOf } from '#tests/servers/discord-faults.ts';
import { createRateWindows, type Rates } from '#tests/servers/discord-rates.ts';
import { type RecordedRequest, readBody } from '#tests/servers/discord-requests.ts';
import type { Route, RouteContext } from '#tests/servers/discord-route.ts';
import { routes } from '#tests/servers/discord-routes.ts';
import { loadDiscordSpec } from '#tests/servers/discord-spec.ts';
import type { Json } from '#tests/servers/discord-world.ts';
import { createFaultPlan, delayOrCut } from '#tests/servers/faults.ts';
import { readBytes } from '#tests/servers/read-body.ts';

export interface ApiOptions {
  token: string;
  rates: Rates;
  requestBytesMax: number;
}

export interface Api {
  requests: RecordedRequest[];
  floods: RecordedRequest[];
  /** Requests that count towards Cloudflare's ban: 401, 403 and 429, shared limits aside. */
  invalidCount(): number;
  fail(fault: Fault): void;
  /** Requests under way. */
  handle(incoming: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  isFlood?: true;
}

/** Answers what comes to `/api/v10`. */
export function createApi(context: RouteContext, options: ApiOptions): Api {
  const { world } = context;
  const requests: RecordedRequest[] = [];
  const floods: RecordedRequest[] = [];
  const faults = createFaultPlan<RecordedRequest, Fault>();
  const take = createRateWindows(options.rates, world.now);
  const spec = loadDiscordSpec();
  let invalid = 0;

  function limited(retryAfterMs: number, scope: string, headers: Record<string, string> = {}): Answer {
    const isGlobal = scope === 'global';
    return {
      status: 429,
      body: { message: 'You are being rate limited.', retry_after: retryAfterMs / 1000, global: isGlobal },
      headers: {
        ...headers,
        'retry-after': String(Math.ceil(retryAfterMs / 1000)),
        'x-ratelimit-scope': scope,
        ...(isGlobal ? { 'x-ratelimit-global': 'true' } : {}),
      },
    };
  }

  function injectedLimit({ retryAfterMs = 1000, scope = 'user' }: Fault): Answer {
    if (scope === 'global') return limited(retryAfterMs, scope);
    const headers = {
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String((world.now() + retryAfterMs) / 1000),
      'x-ratelimit-reset-after': String(retryAfterMs / 1000),
      'x-ratelimit-bucket': 'injected',
    };
    return limited(retryAfterMs, scope, headers);
  }

  function findRoute({ method, path }: RecordedRequest): { route: Route; parts: readonly string[] } | undefined {
    for (const route of routes) {
      const match = route.method === method ? route.path.exec(path) : null;
      if (match) return { route, parts: match };
    }
    return undefined;
  }

  async function answer(request: RecordedRequest, authorization: string | undefined): Promise<Answer> {
    const found = findRoute(request);
    if (!found) throw refusal('notFound');
    const { route, parts } = found;
    if (!route.byToken && authorization !== `Bot ${options.token}`) throw refusal('unauthorized');
    const globally = route.byToken ? undefined : take('global', 'app');
    if (globally?.ok === false) return { ...limited(globally.retryAfter * 1000, 'global'), isFlood: true };
    // What windows are counted for: a channel, or an interaction's token.
    const of = /^\/(?:channels|webhooks)\/\d+(?:\/[^/]{30,})?/.exec(request.path)?.[0] ?? '';
    // The callback alone shows no limits.
    const isCallback = route.byToken && !route.rate;
    const rate = isCallback
      ? undefined
      : route.rate
        ? take(route.rate, of)
        : take('other', request.path, route.path.source);
    if (rate?.ok === false) return { ...limited(rate.retryAfter * 1000, 'user', rate.headers), isFlood: true };
    const headers = rate?.headers ?? {};
    if (spec) world.violations.push(...spec.check(request));
    try {
      const call = {
        request,
        body: (request.body ?? {}) as Json,
        files: request.files,
        part: (n: number) => parts[n] ?? '',
      };
      const body = await route.run(context, call);
      return body === undefined ? { status: 204, headers } : { status: 200, body, headers };
    } catch (error) {
      if (error instanceof ApiRefusal) return { status: error.status, body: error.body, headers };
      throw error;
    }
  }

  function reply(response: ServerResponse, request: RecordedRequest, { status, body, headers, isFlood }: Answer): void {
    request.status = status;
    const code = (body as Json | undefined)?.code;
    if (typeof code === 'number') request.code = code;
    if (isFlood) floods.push(request);
    if ([401, 403, 429].includes(status) && headers?.['x-ratelimit-scope'] !== 'shared') invalid += 1;
    const text = body === undefined ? undefined : JSON.stringify(body);
    response.writeHead(status, { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers });
    response.end(text);
  }

  return {
    requests,
    floods,
    invalidCount: () => invalid,
    fail: faults.add,
    async handle(incoming, response) {
      const url = new URL(incoming.url ?? '', 'http://localhost');
      const bytes = await readBytes(incoming, options.requestBytesMax);
      const { authorization, ...headers } = incoming.headers as Record<string, string>;
      const request: RecordedRequest = {
        method: incoming.method ?? '',
        path: decodeURIComponent(url.pathname.replace(/^\/api\/v\d+/, '')),
        query: Object.fromEntries(url.searchParams),
        headers,
        body: undefined,
        files: [],
        at: world.now(),
        status: 0,
      };
      if (!/^\/api\/v10\//.test(url.pathname)) world.violations.push(`${url.pathname} is not of version 10`);
      if (!headers['user-agent']) world.violations.push(`${request.path} came without a user agent`);
      requests.push(request);
      try {
        if (!bytes) throw refusal('tooLarge');
        Object.assign(request, await readBody(bytes, headers['content-type'] ?? ''));
        const fault = faults.take(request);
        if (await delayOrCut(fault, response)) return;
        if (fault?.kind === 'rate_limited') {
          return reply(response, request, injectedLimit(fault));
        }
        const refused = fault && refusalOf(fault);
        if (refused) throw refused;
        const answered = await answer(request, authorization);
        if (fault?.kind === 'cut_after') return void response.destroy();
        reply(response, request, answered);
      } catch (error) {
        if (!(error instanceof ApiRefusal)) throw error;
        reply(response, request, { status: error.status, body: error.body });
      } finally {
        world.changes.emit('change');
      }
    },
  };
}
