import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import readBody from 'raw-body';
import { answerJson, type ServedWebhook, type WebhookAnswer } from '#core/ports/webhook.ts';
import type { Logger } from '#src/logger.ts';

/**
 * Answers what is posted to webhooks, and leaves the rest to `otherwise`. Without the framework, as what it does for
 * a request costs several times what most commands do.
 */
export function serveWebhooks(
  webhooks: readonly ServedWebhook[],
  log: Pick<Logger, 'error' | 'child'>,
  otherwise: RequestListener,
): RequestListener {
  const security = log.child({ log: 'security' });
  const byPath = new Map(webhooks.map((webhook) => [webhook.path, webhook]));
  const gathered = createGathering();
  return (request, response) => {
    const webhook = request.method === 'POST' ? byPath.get(pathOf(request.url)) : undefined;
    if (webhook) void serve(webhook, request, response, { log, security, gathered });
    else otherwise(request, response);
  };
}

function pathOf(url = ''): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

async function serve(
  webhook: ServedWebhook,
  request: IncomingMessage,
  response: ServerResponse,
  { log, security, gathered }: { log: Pick<Logger, 'error'>; security: Pick<Logger, 'warn'>; gathered: Gathered },
): Promise<void> {
  const { headers } = request;
  const tell = () =>
    security.warn(
      { event: 'signature_refused', path: webhook.path, from: request.socket.remoteAddress },
      'what was posted is not from the platform',
    );
  if (webhook.admits && !webhook.admits(headers)) {
    tell();
    return refuseUnread(response, 401);
  }
  let body: Buffer;
  try {
    body = await readBody(request, { limit: webhook.bodyBytesMax, length: headers['content-length'] ?? null });
  } catch (error) {
    return refuseUnread(response, (error as { statusCode?: number }).statusCode ?? 400);
  }
  await gathered();
  try {
    const answer = await webhook.read(body, headers).answer();
    if (answer.status === 401) tell();
    send(response, answer);
  } catch (error) {
    log.error({ err: error, path: webhook.path }, 'what was posted could not be taken');
    send(response, answerJson(503, { error: 'try again' }));
  }
}

/** Resolves when what has come together may begin. */
type Gathered = () => Promise<void>;

/** What more than these need does not stay in the caches: fifty at once take a fifth more each. */
const togetherMax = 25;

/**
 * What comes in one turn of the event loop is begun together: each step is then taken for all of it, while its code is in the
 * processor's caches. That takes little more than half the time of one after the other (docs/benchmarks.md).
 */
function createGathering(): Gathered {
  let group: { size: number; begins: Promise<void> } | undefined;
  const endOfTurn = async () => {
    await setImmediate();
    group = undefined;
  };
  return () => {
    if (!group || group.size === togetherMax) group = { size: 0, begins: endOfTurn() };
    group.size += 1;
    return group.begins;
  };
}

/** The rest of the body is not waited for. */
function refuseUnread(response: ServerResponse, status: number): void {
  response.setHeader('connection', 'close');
  send(response, answerJson(status, { error: status === 413 ? 'too large' : 'refused' }));
}

function send(response: ServerResponse, { status, type, body, onSent }: WebhookAnswer): void {
  if (onSent) finished(response, () => onSent());
  const length = { 'content-length': body?.length ?? 0 };
  response.writeHead(status, type === undefined ? length : { 'content-type': type, ...length });
  response.end(body);
}
