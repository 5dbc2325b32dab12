import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorAnswer, OpenAiFault } from '#tests/servers/openai-faults.ts';
import { type PictureOrder, paint, paintPartial } from '#tests/servers/openai-pictures.ts';
import { type OpenAiRequest, usageOf } from '#tests/servers/openai-requests.ts';

export interface AnswerPlan {
  request: OpenAiRequest;
  order: PictureOrder;
  fault: OpenAiFault | undefined;
  /** Spread over the previews and the picture. */
  latencyMs: number;
  /** Keeps a finished picture; returns the address it can be fetched from. */
  keep(bytes: Buffer): string;
}

export const notFound: ErrorAnswer = {
  status: 404,
  error: { message: 'Invalid URL', type: 'invalid_request_error', param: null, code: null },
};

export function refuse(response: ServerResponse, { status, headers, error }: ErrorAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error }));
}

/** Answers a request whose fault, if any, lies in the answer. */
export async function answer(response: ServerResponse, plan: AnswerPlan): Promise<void> {
  const unstreamed: OpenAiFault['kind'][] = ['plain_json', 'truncated_json', 'url_answer'];
  const wantsStream = String(plan.request.fields.stream) === 'true';
  if (wantsStream && !(plan.fault && unstreamed.includes(plan.fault.kind))) await answerWithEvents(response, plan);
  else await answerWithJson(response, plan);
}

async function answerWithJson(response: ServerResponse, { request, order, fault, latencyMs, keep }: AnswerPlan) {
  await pause(latencyMs);
  const bytes = await paint(order);
  response.writeHead(200, { 'content-type': 'application/json' });
  if (fault?.kind === 'cut_midway') return void response.write('{"created":', () => response.destroy());
  const own = keep(bytes);
  const data = fault?.kind === 'url_answer' ? { url: fault.url ?? own } : { b64_json: encode(bytes, fault) };
  const text = JSON.stringify({ created: 1_700_000_000, data: [data], usage: usageOf(request) });
  response.end(fault?.kind === 'truncated_json' ? text.slice(0, text.length / 2) : text);
}

async function answerWithEvents(response: ServerResponse, { request, order, fault, latencyMs, keep }: AnswerPlan) {
  const partials = Number(request.fields.partial_images ?? 0);
  const kind = request.endpoint === 'edits' ? 'image_edit' : 'image_generation';
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).flushHeaders();
  for (let index = 0; index < partials; index += 1) {
    await pause(latencyMs / (partials + 1));
    const b64_json = (await paintPartial(order, index)).toString('base64');
    sendEvent(response, `${kind}.partial_image`, { b64_json, partial_image_index: index });
  }
  await pause(latencyMs / (partials + 1));
  switch (fault?.kind) {
    case 'hang_after_partials':
      return;
    case 'no_completed_event':
      return void response.end();
    case 'cut_midway':
      return void response.write('event: image', () => response.destroy());
    case 'stream_error': {
      const { code, type, message = 'The stream failed.' } = fault;
      sendEvent(response, 'error', { error: { code, type, message, param: null } });
      return void response.end();
    }
    default: {
      const bytes = await paint(order);
      keep(bytes);
      sendEvent(response, `${kind}.completed`, { b64_json: encode(bytes, fault), usage: usageOf(request) });
      response.end();
    }
  }
}

function encode(bytes: Buffer, fault: OpenAiFault | undefined): string {
  return (fault?.kind === 'not_an_image' ? Buffer.from('certainly not a picture') : bytes).toString('base64');
}

function sendEvent(response: ServerResponse, type: string, data: Record<string, unknown>): void {
  response.write(`event: ${type}\ndata: ${JSON.stringify({ type, created_at: 1_700_000_000, ...data })}\n\n`);
}
