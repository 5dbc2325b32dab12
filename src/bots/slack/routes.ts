import { parse as parseForm } from 'fast-querystring';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Intake } from '#bots/slack/intake.ts';
import { createSignatureCheck } from '#bots/slack/signature.ts';
import type { Logger } from '#src/logger.ts';

const formType = 'application/x-www-form-urlencoded';
const jsonType = 'application/json';

/** Far more than Slack sends: a message has at most 40,000 characters, a form 250 kB. */
const bodyBytesMax = 1024 * 1024;

/**
 * The one address that Slack knows: events, commands and interactivity. Commands are answered in the response; a bare
 * route, because an app of Bolt's spends several times as long on each request.
 */
export function createRoutes(signingSecret: string, intake: Intake, log: Logger) {
  const isFromSlack = createSignatureCheck(signingSecret);
  return async (server: FastifyInstance): Promise<void> => {
    server.removeAllContentTypeParsers();
    // The signature is over the bytes, so nothing may read them before.
    const asBytes = { parseAs: 'buffer', bodyLimit: bodyBytesMax } as const;
    // Slack's own types by name: Fastify takes longer to find that a type is any other.
    for (const type of [formType, jsonType, '*'])
      server.addContentTypeParser(type, asBytes, (_request, body, done) => done(null, body));
    server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) log.error({ err: error, requestId: request.id }, 'a request failed');
      return refuse(reply, status);
    });
    server.post('/slack/events', async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = request.headers;
      if (!isFromSlack(body, timestamp, signature)) return refuse(reply, 401);
      const payload = readBody(body, request.headers['content-type']);
      if (payload === undefined) return refuse(reply, 400);
      const answer = await intake.take(payload);
      if (answer === 'closed') return refuse(reply, 503);
      if (typeof answer !== 'object') return reply.code(200).send(answer);
      return reply.code(200).type('application/json; charset=utf-8').send(serialize(answer));
    });
  };
}

/** The very same answer goes to many. */
const serialized = new WeakMap<object, Buffer>();

function serialize(answer: Record<string, unknown>): Buffer {
  const known = serialized.get(answer) ?? Buffer.from(JSON.stringify(answer));
  serialized.set(answer, known);
  return known;
}

/** Events come as JSON, commands as a form, and interactivity as JSON in a form; undefined when it is neither. */
function readBody(body: Buffer, contentType: string | undefined): unknown {
  const text = body.toString();
  if (contentType?.startsWith(jsonType)) return parseJson(text);
  const form = parseForm(text);
  return typeof form.payload === 'string' ? parseJson(form.payload) : form;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(reply: FastifyReply, status: number) {
  return reply.code(status).send({ error: status });
}
