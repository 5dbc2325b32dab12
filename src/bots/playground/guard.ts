import { timingSafeEqual } from 'node:crypto';
import basicAuth from '@fastify/basic-auth';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PlaygroundConfig } from '#bots/playground/index.ts';
import { RequestRefused } from '#bots/playground/refusal.ts';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Keeps other sites and strangers out: the Host must be loopback or PUBLIC_URL's (no DNS rebinding), a foreign Origin
 * is refused, and where others can reach the page it asks for the password. Nothing but our own files runs in it.
 */
export async function guardPlayground(server: FastifyInstance, config: PlaygroundConfig): Promise<void> {
  // JSON alone: plain text is what a foreign page may post without asking first.
  server.removeContentTypeParser('text/plain');
  await server.register(helmet, {
    hsts: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        // Nothing but the templates of lit-html becomes markup.
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ['lit-html'],
      },
    },
  });
  const publicHost = config.publicUrl ? new URL(config.publicUrl).host : undefined;
  server.addHook('onRequest', async (request) => {
    const origin = request.headers.origin;
    if (!isOwnHost(request.headers.host, publicHost)) throw new RequestRefused(403, 'foreign');
    if (origin !== undefined && !isOwnOrigin(origin, request, publicHost)) throw new RequestRefused(403, 'foreign');
  });
  if (config.password !== undefined) {
    const password = Buffer.from(config.password);
    await server.register(basicAuth, {
      authenticate: { realm: 'Easel playground' },
      async validate(_name, given) {
        const bytes = Buffer.from(given);
        const same = bytes.length === password.length && timingSafeEqual(bytes, password);
        if (!same) throw new RequestRefused(401, 'password');
      },
    });
    server.addHook('onRequest', server.basicAuth);
  }
}

function isOwnHost(host: string | undefined, publicHost: string | undefined): boolean {
  if (host === undefined) return false;
  return host === publicHost || loopbackNames.has(host.replace(/:\d+$/, ''));
}

function isOwnOrigin(origin: string, request: FastifyRequest, publicHost: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  return host === request.headers.host || host === publicHost;
}
