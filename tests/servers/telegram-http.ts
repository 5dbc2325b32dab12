import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { delayOrCut } from '#tests/servers/faults.ts';
import { readBytes } from '#tests/servers/read-body.ts';
import type { Api } from '#tests/servers/telegram-access.ts';
import { findMethod } from '#tests/servers/telegram-api.ts';
import { ApiRefusal, type Fault, refusalOf } from '#tests/servers/telegram-faults.ts';
import { type ReadBody, type RecordedRequest, readBody } from '#tests/servers/telegram-requests.ts';
import { breachesOf } from '#tests/servers/telegram-spec.ts';

export interface Front {
  api: Api;
  token: string;
  requests: RecordedRequest[];
  floods: RecordedRequest[];
  takeFault(request: RecordedRequest): Fault | undefined;
}

/** Room for what surrounds the files of a request. */
const formBytesMax = 1024 * 1024;

/** Serves `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
export function createFront(front: Front) {
  const server = createServer((incoming, response) => {
    // A client that left is no fault of ours; anything else that fails here is a bug of this server and is said.
    handle(front, incoming, response).catch((error: unknown) => {
      if (!incoming.socket.destroyed)
        front.api.violate(`The test server failed: ${error instanceof Error ? error.stack : error}`);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 120_000;
  return server;
}

async function handle(front: Front, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost');
  const [, area, token, rest = ''] = /^\/(file\/bot|bot)([^/]+)\/(.*)$/.exec(pathname) ?? [];
  if (area === undefined) return send(response, 404, { ok: false, error_code: 404, description: 'Not Found' });
  if (token !== front.token) return refuse(response, new ApiRefusal(401, 'Unauthorized'));
  if (area === 'file/bot') return await download(front, decodeURIComponent(rest), incoming, response);

  const { limits } = front.api;
  const bytes = await readBytes(incoming, limits.fileBytesMax + formBytesMax);
  const request = recorded(front, rest, incoming);
  if (!bytes) return refuse(response, new ApiRefusal(413, 'Request Entity Too Large'), request);
  try {
    Object.assign(request, readBody(bytes, incoming.headers['content-type'] ?? '', searchParams));
  } catch (error) {
    if (error instanceof ApiRefusal) return refuse(response, error, request);
    throw error;
  }
  const fault = front.takeFault(request);
  if (!(await begin(fault, response, request))) return;
  const leaving = new AbortController();
  response.on('close', () => leaving.abort());
  try {
    const result = await call(front, request, leaving.signal);
    request.result = result;
    if (fault?.kind === 'cut_after') return void response.destroy();
    request.status = 200;
    send(response, 200, { ok: true, result });
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    if (error.status === 429) front.floods.push(request);
    if (fault?.kind === 'cut_after') return void response.destroy();
    refuse(response, error, request);
  }
}

function recorded(front: Front, method: string, incoming: IncomingMessage, body?: ReadBody): RecordedRequest {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const request: RecordedRequest = {
    method,
    path: `/${method}`,
    headers,
    at: front.api.world.now(),
    status: 0,
    ...(body ?? { encoding: 'form', params: {}, files: [] }),
  };
  front.requests.push(request);
  return request;
}

/** Plays what a fault does before a request is carried out; false when that was all. */
async function begin(fault: Fault | undefined, response: ServerResponse, request: RecordedRequest): Promise<boolean> {
  if (!fault) return true;
  const refusal = refusalOf(fault);
  if (refusal) refuse(response, refusal, request);
  else if (fault.kind === 'html') {
    request.status = fault.status ?? 502;
    response.writeHead(request.status, { 'content-type': 'text/html' });
    response.end('<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>');
  } else return !(await delayOrCut(fault, response));
  return false;
}

/** Carries a call out. @throws {ApiRefusal} */
async function call({ api }: Front, request: RecordedRequest, signal: AbortSignal): Promise<unknown> {
  const { method: name, params, files, encoding } = request;
  for (const breach of await breachesOf({ name, params, files, encoding })) api.violate(breach);
  const method = findMethod(name);
  if (!method) {
    api.violate(`${name} was called, which this test server does not serve.`);
    throw new ApiRefusal(404, 'Not Found');
  }
  return await method(api, { params, files, signal });
}

/** Carries out the call in the answer to a webhook; nobody hears what became of it. */
export async function callFromReply(front: Front, method: string, params: RecordedRequest['params']): Promise<void> {
  const request: RecordedRequest = {
    method,
    path: `/${method}`,
    encoding: 'reply',
    headers: {},
    params,
    files: [],
    at: front.api.world.now(),
    status: 0,
  };
  front.requests.push(request);
  try {
    request.result = await call(front, request, new AbortController().signal);
    request.status = 200;
  } catch (error) {
    if (!(error instanceof ApiRefusal)) {
      return front.api.violate(`The test server failed: ${error instanceof Error ? error.stack : error}`);
    }
    request.status = error.status;
    request.error = error.message;
    if (error.status === 429) front.floods.push(request);
  }
}

async function download(
  front: Front,
  path: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = recorded(front, 'file', incoming, { encoding: 'form', params: { path }, files: [] });
  const fault = front.takeFault(request);
  if (!(await begin(fault, response, request))) return;
  const { world, limits } = front.api;
  const file = [...world.files.values()].find((candidate) => candidate.path === path);
  if (!file || file.bytes.length > limits.downloadBytesMax)
    return refuse(response, new ApiRefusal(404, 'Not Found'), request);
  request.status = 200;
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.bytes.length });
  if (fault?.kind === 'cut_after') {
    response.write(file.bytes.subarray(0, Math.ceil(file.bytes.length / 2)), () => response.destroy());
    return;
  }
  response.end(file.bytes);
}

function refuse(
  response: ServerResponse,
  { status, message, parameters }: ApiRefusal,
  request?: RecordedRequest,
): void {
  if (request) Object.assign(request, { status, error: message });
  send(response, status, { ok: false, error_code: status, description: message, ...(parameters && { parameters }) });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}
