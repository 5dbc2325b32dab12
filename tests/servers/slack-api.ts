import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { delayOrCut } from '#tests/servers/faults.ts';
import { readForm } from '#tests/servers/read-body.ts';
import { ApiRefusal, type Fault, refusalOf } from '#tests/servers/slack-faults.ts';
import { typeOf } from '#tests/servers/slack-files.ts';
import { type Call, methods } from '#tests/servers/slack-methods.ts';
import { missingScope } from '#tests/servers/slack-methods-people.ts';
import type { OAuth } from '#tests/servers/slack-oauth.ts';
import { documentedRates, type RateName } from '#tests/servers/slack-rates.ts';
import { type RecordedRequest, readArguments } from '#tests/servers/slack-requests.ts';
import { respond } from '#tests/servers/slack-responses.ts';
import { methodScopes } from '#tests/servers/slack-scopes.ts';
import type { Json, Workspace, World } from '#tests/servers/slack-world.ts';

export interface ApiContext extends Pick<Call, 'world' | 'processingMs' | 'fileBytesMax' | 'messagesTab'> {
  requests: RecordedRequest[];
  floods: RecordedRequest[];
  takeFault(request: RecordedRequest): Fault | undefined;
  takeRate(name: RateName, of: string): number;
  oauth: OAuth;
  /** A new Socket Mode address. */
  openSocket(): string;
}

interface Answer {
  status: number;
  body: Json | string | Uint8Array;
  headers?: Record<string, string>;
}

/** Too fast by the server's own count, not by an injected fault. */
class TooFast extends Error {
  override readonly name = 'TooFast';
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super('ratelimited');
    this.retryAfterMs = retryAfterMs;
  }
}

/** Serves everything the app asks for: the Web API, uploads, response URLs, files. */
export async function handle(context: ApiContext, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '', 'http://local');
  const bytes = await buffer(incoming);
  const { authorization, ...headers } = incoming.headers;
  const request: RecordedRequest = {
    method: methodOf(url.pathname),
    path: url.pathname + url.search,
    headers: headers as Record<string, string>,
    body: {},
    files: [],
    at: context.world.now(),
    status: 0,
  };
  context.requests.push(request);
  const reading = { bytes, contentType: headers['content-type'] ?? '', query: url.searchParams, authorization };
  // Read before the faults, so that `match` sees the arguments.
  const unreadable = await read(context, request, reading).catch((error: unknown) => error);
  const fault = context.takeFault(request);
  if (await delayOrCut(fault, response)) return;
  const answer = await carryOut(context, request, reading, fault, unreadable);
  if (fault?.kind === 'cut_after') return void response.destroy();
  request.status = answer.status;
  const scopes = context.world.teams.get(request.teamId ?? '')?.scopes;
  const isPlain = typeof answer.body === 'string' || answer.body instanceof Uint8Array;
  response.writeHead(answer.status, {
    'content-type': isPlain ? 'text/plain' : 'application/json; charset=utf-8',
    ...(scopes ? { 'x-oauth-scopes': scopes.join(',') } : {}),
    ...answer.headers,
  });
  response.end(isPlain ? answer.body : JSON.stringify(answer.body));
}

type Reading = { bytes: Buffer; contentType: string; query: URLSearchParams; authorization: string | undefined };

async function read({ world }: ApiContext, request: RecordedRequest, reading: Reading): Promise<void> {
  const { bytes, contentType, query, authorization } = reading;
  if (request.method === 'upload') {
    request.files = [{ name: '', type: contentType, bytes: await fileBytesOf(bytes, contentType) }];
    return;
  }
  const token = authorization?.replace(/^Bearer /i, '');
  const takesJson = request.method === 'respond' || (methods[request.method]?.json ?? true);
  const { token: inBody, ...args } = await readArguments(bytes, contentType, query, takesJson);
  request.body = args;
  reading.authorization = token ?? (typeof inBody === 'string' ? inBody : undefined);
  const team = [...world.teams.values()].find(({ botToken }) => botToken === reading.authorization);
  if (team) request.teamId = team.id;
}

async function fileBytesOf(bytes: Buffer, contentType: string): Promise<Uint8Array> {
  if (!contentType.startsWith('multipart/form-data')) return new Uint8Array(bytes);
  const form = await readForm(bytes, contentType);
  const file = [...form.values()].find((value) => typeof value !== 'string');
  return new Uint8Array((await file?.arrayBuffer()) ?? []);
}

async function carryOut(
  context: ApiContext,
  request: RecordedRequest,
  reading: Reading,
  fault: Fault | undefined,
  unreadable: unknown,
): Promise<Answer> {
  if (fault?.kind === 'rate_limited') return rateLimited(fault.retryAfterMs ?? 1000);
  if (fault?.kind === 'server_error') return { status: fault.status ?? 503, body: 'Service Unavailable' };
  try {
    if (unreadable) throw unreadable;
    const refusal = fault && refusalOf(fault);
    if (refusal) throw refusal;
    if (request.method === 'upload') return upload(context.world, request);
    if (request.method === 'download') return download(context.world, request, reading.authorization);
    if (request.method === 'respond') return respond(context.world, request);
    const body = call(context, request, reading.authorization, fault);
    return { status: 200, body: { ok: true, ...body } };
  } catch (error) {
    if (error instanceof TooFast) {
      context.floods.push(request);
      request.error = 'ratelimited';
      return rateLimited(error.retryAfterMs);
    }
    if (!(error instanceof ApiRefusal)) throw error;
    request.error = error.code;
    return { status: 200, body: { ok: false, error: error.code, ...error.extra } };
  }
}

/** Slack's header has whole seconds. */
function rateLimited(retryAfterMs: number): Answer {
  const seconds = String(Math.ceil(retryAfterMs / 1000));
  return { status: 429, body: { ok: false, error: 'ratelimited' }, headers: { 'retry-after': seconds } };
}

function call(
  context: ApiContext,
  request: RecordedRequest,
  token: string | undefined,
  fault: Fault | undefined,
): Json {
  const { world, takeRate } = context;
  const method = methods[request.method];
  const isConnection = request.method === 'apps.connections.open';
  if (request.method === 'oauth.v2.access') return context.oauth.access(request.body);
  if (!method && !isConnection) throw new ApiRefusal('unknown_method');
  if (isConnection) {
    requireAppToken(world, token);
    requireRoom(takeRate('apps.connections.open', world.appId));
    return { url: context.openSocket() };
  }
  const team = authorized(world, token);
  const scopes: readonly string[] = methodScopes[request.method as keyof typeof methodScopes] ?? [];
  if (scopes.length > 0 && !scopes.some((scope) => team.scopes.includes(scope))) {
    throw missingScope(team, scopes[0] ?? '');
  }
  const rate = request.method in documentedRates ? (request.method as RateName) : 'other';
  requireRoom(takeRate(rate, team.id));
  const { processingMs, fileBytesMax, messagesTab } = context;
  const takeChannelRate = (channelId: string) => requireRoom(takeRate('channel', channelId));
  const origin = `http://${request.headers.host}`;
  const settings = { world, origin, processingMs, fileBytesMax, messagesTab, takeChannelRate };
  return method?.run({ ...settings, team, args: request.body, ...(fault ? { fault } : {}) }) ?? {};
}

function requireRoom(waitMs: number): void {
  if (waitMs > 0) throw new TooFast(waitMs);
}

function authorized(world: World, token: string | undefined): Workspace {
  if (!token) throw new ApiRefusal('not_authed');
  const team = [...world.teams.values()].find(({ botToken }) => botToken === token);
  if (!team) throw new ApiRefusal(token === world.appToken ? 'not_allowed_token_type' : 'invalid_auth');
  if (team.installation === 'uninstalled') throw new ApiRefusal('account_inactive');
  if (team.installation === 'revoked') throw new ApiRefusal('token_revoked');
  return team;
}

function requireAppToken(world: World, token: string | undefined): void {
  if (!token) throw new ApiRefusal('not_authed');
  if (token === world.appToken) return;
  const isBot = [...world.teams.values()].some(({ botToken }) => botToken === token);
  throw new ApiRefusal(isBot ? 'not_allowed_token_type' : 'invalid_auth');
}

/** Bytes for an upload address: as many as were declared, once. */
function upload(world: World, request: RecordedRequest): Answer {
  const file = world.files.get(request.path.split('/').at(-1) ?? '');
  const bytes = request.files[0]?.bytes;
  if (!file || !bytes || file.completed) return { status: 404, body: 'not found' };
  if (bytes.length !== file.length) return { status: 400, body: `expected ${file.length} bytes` };
  Object.assign(file, { bytes, type: typeOf(bytes, file.name) });
  request.files = [{ name: file.name, type: file.type, bytes }];
  return { status: 200, body: `OK - ${bytes.length}` };
}

/** Without a good token Slack shows its sign-in page. docs.slack.dev/messaging/working-with-files */
function download(world: World, request: RecordedRequest, authorization: string | undefined): Answer {
  const token = authorization?.replace(/^Bearer /i, '');
  const team = [...world.teams.values()].find(({ botToken }) => botToken === token);
  const file = world.files.get(/-(F[A-Z0-9]+)\//.exec(request.path)?.[1] ?? '');
  if (!team?.scopes.includes('files:read') || team.installation !== 'installed' || file?.teamId !== team.id) {
    return { status: 302, body: '', headers: { location: `${world.origin()}/sign-in` } };
  }
  if (!file.bytes) return { status: 404, body: 'not found' };
  return { status: 200, body: file.bytes, headers: { 'content-type': file.type } };
}

function methodOf(path: string): string {
  if (path.startsWith('/api/')) return path.slice('/api/'.length);
  if (path.startsWith('/upload/')) return 'upload';
  if (/^\/(commands|actions)\//.test(path)) return 'respond';
  return path.startsWith('/files-pri/') ? 'download' : path;
}
