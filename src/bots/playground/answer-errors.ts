import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequestRefused } from '#bots/playground/refusal.ts';
import { attachmentBytesMax, findUser } from '#bots/playground/room.ts';
import type { I18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';

/** Answers what goes wrong with `{"error":{code,message}}` in the person's language; a bug shows its request id only. */
export function answerErrors(server: FastifyInstance, i18n: I18n, log: Logger): void {
  const security = log.child({ log: 'security' });
  server.setNotFoundHandler(() => {
    throw new RequestRefused(404, 'notFound');
  });
  server.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const refusal = toRefusal(error, request);
    if (refusal.statusCode === 401 || refusal.statusCode === 403) {
      const { reason } = refusal;
      security.warn({ event: 'request_refused', reason, from: request.ip, requestId: request.id }, 'kept out');
    }
    if (refusal.statusCode >= 500) log.error({ err: error, requestId: request.id }, 'a request failed');
    const text = { key: `errors.http.${refusal.reason}`, values: refusal.values } as const;
    const message = i18n.say(text, { locale: readerLocale(i18n, request), timeZone: 'UTC' });
    return reply.code(refusal.statusCode).send({ error: { code: refusal.reason, message } });
  });
}

function toRefusal(error: Error & { statusCode?: number; code?: string }, request: FastifyRequest): RequestRefused {
  if (error instanceof RequestRefused) return error;
  if (error instanceof z.ZodError) {
    const issue = error.issues[0];
    return new RequestRefused(400, 'malformed', {
      detail: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? ''}`,
    });
  }
  if (error.statusCode === 413) return new RequestRefused(413, 'tooLarge', { max: attachmentBytesMax / 1024 / 1024 });
  if (error.statusCode === 415) return new RequestRefused(415, 'notJson');
  if (error.statusCode === 401) return new RequestRefused(401, 'password');
  if (error.statusCode && error.statusCode < 500) {
    return new RequestRefused(error.statusCode, 'malformed', { detail: error.message });
  }
  return new RequestRefused(500, 'bug', { reference: request.id });
}

function readerLocale(i18n: I18n, request: FastifyRequest): string {
  const named =
    (request.query as Record<string, unknown>).user ??
    (request.body as Record<string, unknown> | null | undefined)?.user;
  const user = typeof named === 'string' ? findUser(named) : undefined;
  const accepted = request.headers['accept-language']?.split(',')[0]?.split(';')[0];
  return user?.locale ?? i18n.match(accepted) ?? 'en';
}
