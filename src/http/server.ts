import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { fastify } from 'fastify';
import type { ServedWebhook } from '#core/ports/webhook.ts';
import { within } from '#core/within.ts';
import { StartupError } from '#db/startup-error.ts';
import { serveWebhooks } from '#http/serve-webhooks.ts';
import type { Logger } from '#src/logger.ts';

/** A request that has not come whole by then is given up, in milliseconds. */
const requestMaxMs = 30_000;
/** Longer than proxies keep theirs, which is a minute mostly: they would post into a connection that is being closed. */
const keepAliveMs = 72_000;
/** What does not answer by then is not ready; those who ask give up after a few seconds. */
const readyMaxMs = 2_000;

/** What holds wherever a route says nothing else: no browser makes a page of it, or shows it inside another. */
const pageHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export interface HttpServer {
  /** With the port that was chosen when 0 was asked for. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves /healthz (the process is up) and /readyz (database and queue answer), what platforms post to, and what they mount.
 * @throws {StartupError} when the port is taken or may not be used.
 */
export async function startHttpServer(options: {
  host: string;
  port: number;
  log: Logger;
  /** Rejects while the process cannot do its work. */
  checkReady: () => Promise<unknown>;
  webhooks: readonly ServedWebhook[];
  routes: readonly ((server: ReturnType<typeof fastify>) => Promise<void>)[];
}): Promise<HttpServer> {
  const { host, port, log } = options;
  const server = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    serverFactory: (handle) =>
      createServer(
        { requestTimeout: requestMaxMs, keepAliveTimeout: keepAliveMs },
        serveWebhooks(options.webhooks, log, handle),
      ),
    // A blob's name has 64 characters and a workspace's id 36; longer ones are not found rather than too long.
    routerOptions: { maxParamLength: 500 },
  });
  // On the raw answer, so that routes with headers of their own replace them.
  server.addHook('onRequest', async (_request, reply) => {
    for (const [name, value] of Object.entries(pageHeaders)) reply.raw.setHeader(name, value);
  });
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    try {
      await within(readyMaxMs, options.checkReady());
      return { status: 'ready' };
    } catch (error) {
      log.warn({ err: error }, 'not ready');
      return reply.code(503).send({ status: 'not ready' });
    }
  });
  for (const routes of options.routes) await server.register(routes);
  try {
    await server.listen({ host, port });
  } catch (error) {
    await server.close();
    throw listenError(error, host, port);
  }
  const address = server.server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`, close: () => server.close() };
}

function listenError(error: unknown, host: string, port: number): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new StartupError(
        `Port ${port} is taken by another program. Stop it, or choose another, such as PORT=${port + 1}.`,
      );
    case 'EACCES':
      return new StartupError(`Port ${port} may not be used by this user. Choose one above 1023, such as PORT=3000.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartupError(`HOST=${host} is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.`);
    default:
      return error;
  }
}
