import type { IncomingHttpHeaders } from 'node:http';
import { parse as parseForm } from 'fast-querystring';
import { type Inbound, readPayload } from '#bots/slack/inbound.ts';
import type { Intake } from '#bots/slack/intake.ts';
import { createSignatureCheck } from '#bots/slack/signature.ts';
import type { Acknowledgement } from '#bots/slack/turn.ts';
import { isAnsweredAtOnce } from '#core/commands/index.ts';
import { answeredWith, answerJson, answerWith, type Webhook, type WebhookAnswer } from '#core/ports/webhook.ts';

const jsonType = 'application/json';

/** Far more than Slack sends: a message has at most 40,000 characters, a form 250 kB. */
const bodyBytesMax = 1024 * 1024;

/** The one address that Slack knows: events, commands and interactivity. Commands are answered in the response. */
export function createWebhook(signingSecret: string, intake: Intake): Webhook {
  const isFromSlack = createSignatureCheck(signingSecret);
  const isSigned = (body: Buffer, headers: IncomingHttpHeaders) =>
    isFromSlack(body, headers['x-slack-request-timestamp'], headers['x-slack-signature']);
  return {
    path: '/slack/events',
    bodyBytesMax,
    read(body, headers) {
      if (!isSigned(body, headers)) return answeredWith(refuse(401));
      const payload = readPosted(body, headers['content-type']);
      if (payload === undefined) return answeredWith(refuse(400));
      const inbound = readPayload(payload);
      const answer = async () => {
        const taken = await intake.take(payload, inbound);
        return taken === 'closed' ? refuse(503) : acknowledge(taken);
      };
      if (!canWait(inbound)) return { answer };
      return { answer, postpone: () => ({ answer: acknowledge(undefined), delivery: JSON.stringify(payload) }) };
    },
    resume: (delivery) => intake.resume(JSON.parse(delivery)),
  };
}

/** Forms are opened and kept open in the answer, and some answers cost less than to wait. */
function canWait(inbound: Inbound | undefined): boolean {
  return inbound?.kind === 'said' && inbound.by !== 'form' && !isAnsweredAtOnce(inbound.text);
}

/** The very same answer goes to many. */
const serialized = new WeakMap<object, WebhookAnswer>();

function acknowledge(answer: Acknowledgement): WebhookAnswer {
  if (answer === undefined) return { status: 200 };
  if (typeof answer === 'string') return answerWith(200, 'text/plain', answer);
  const known = serialized.get(answer) ?? answerJson(200, answer);
  serialized.set(answer, known);
  return known;
}

/** Events come as JSON, commands as a form, and interactivity as JSON in a form; undefined when it is neither. */
function readPosted(body: Buffer, contentType: string | undefined): unknown {
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

function refuse(status: number): WebhookAnswer {
  return answerJson(status, { error: status });
}
