import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parse as parseRange } from 'range-parser';
import type { Deps } from '#core/deps.ts';
import { type OpenedFile, openFile } from '#core/files/open-file.ts';
import type { Key } from '#src/i18n.ts';

type DownloadDeps = Pick<Deps, 'db' | 'blobs' | 'now' | 'i18n' | 'log'>;
type DownloadRequest = FastifyRequest<{ Params: { token: string; name: string } }>;

/**
 * Who takes nothing for so long, in milliseconds, has gone, or can go on from there. A part of a large zip has nothing to
 * take until all before it was read, for its checksums.
 */
const stalledMaxMs = 300_000;

/** Serves what links open, to whoever has one, whole or from any byte on. What opens nothing is not told from what no longer does. */
export function createDownloadRoutes(deps: DownloadDeps, timing = { stalledMaxMs }) {
  return async (server: FastifyInstance): Promise<void> => {
    server.setErrorHandler((error, request, reply) => {
      deps.log.error({ err: error, requestId: request.id }, 'a download failed');
      return sayPlainly(deps, request, reply.code(503), 'errors.download.failed');
    });
    server.route<{ Params: { token: string; name: string } }>({
      method: ['GET', 'HEAD'],
      url: '/files/:token/:name',
      onRequest: async (_request, reply) => {
        reply.headers({
          // As a proxy that stored or changed it would give it to others, or in other bytes.
          'cache-control': 'no-store, no-transform',
          'x-robots-tag': 'noindex',
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'content-security-policy': "default-src 'none'; sandbox",
        });
      },
      handler: (request, reply) => sendDownload(deps, request, reply, timing),
    });
  };
}

async function sendDownload(
  deps: DownloadDeps,
  request: DownloadRequest,
  reply: FastifyReply,
  timing: { stalledMaxMs: number },
): Promise<FastifyReply> {
  const { token, name } = request.params;
  const file = await openFile(deps, token, name);
  if (!file) {
    const security = deps.log.child({ log: 'security' });
    security.warn({ event: 'link_refused', from: request.ip, requestId: request.id }, 'a link opens nothing');
    return sayPlainly(deps, request, reply.code(404), 'errors.download.gone');
  }
  reply.headers({
    'content-type': file.type,
    'content-disposition': `attachment; filename="${file.name}"`,
  });
  const bytes = typeof file.read === 'function' ? sendWhole(file.read, request) : sendPart(file.read, request, reply);
  if (!bytes) return reply.send();
  reply.raw.setTimeout(timing.stalledMaxMs);
  bytes.on('error', (error) => deps.log.warn({ err: error, requestId: request.id }, 'a download broke off'));
  return reply.send(bytes);
}

function sendWhole(read: () => AsyncIterable<string>, { method }: FastifyRequest): Readable | undefined {
  return method === 'HEAD' ? undefined : Readable.from(read(), { objectMode: false });
}

/** Undefined where no bytes follow. */
function sendPart(
  read: Exclude<OpenedFile['read'], () => unknown>,
  request: FastifyRequest,
  reply: FastifyReply,
): Readable | undefined {
  const etag = `"${read.hash}"`;
  reply.headers({ 'accept-ranges': 'bytes', etag });
  const range = wantedRange(request, etag, read.length);
  if (range === 'unsatisfiable') {
    reply.code(416).header('content-range', `bytes */${read.length}`);
    reply.removeHeader('content-type').removeHeader('content-disposition');
    return undefined;
  }
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${read.length}`);
  const { start, end } = range ?? { start: 0, end: read.length - 1 };
  reply.header('content-length', end - start + 1);
  return request.method === 'HEAD' ? undefined : Readable.from(read.bytes({ start, end }), { objectMode: false });
}

/** One range, of what the client has the beginning of; everything else is answered whole, as RFC 9110 allows. */
function wantedRange(
  { headers, method }: FastifyRequest,
  etag: string,
  length: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const ifRange = headers['if-range'];
  if (headers.range === undefined || method !== 'GET' || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const { code, type, ranges } = parseRange(length, headers.range);
  if (type !== 'bytes' || ranges.length > 1) return undefined;
  const [range] = ranges;
  return range ?? (code === unsatisfiableCode ? 'unsatisfiable' : undefined);
}

/** As range-parser says it. */
const unsatisfiableCode = 2;

/** In the language that the browser asks for. */
function sayPlainly(
  { i18n }: Pick<Deps, 'i18n'>,
  request: FastifyRequest,
  reply: FastifyReply,
  key: Key,
): FastifyReply {
  const accepted = (request.headers['accept-language'] ?? '').split(',').map((part) => part.split(';')[0]?.trim());
  const locale = accepted.map(i18n.match).find((known) => known !== undefined) ?? 'en';
  return reply
    .headers({ 'content-type': 'text/plain; charset=utf-8', 'content-language': locale, vary: 'accept-language' })
    .send(`${i18n.say({ key }, { locale, timeZone: 'UTC' })}\n`);
}
