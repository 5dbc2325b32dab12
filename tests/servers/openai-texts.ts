import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { refuse } from '#tests/servers/openai-answers.ts';
import { type ErrorAnswer, invalidRequest, type OpenAiFault, refusalOf } from '#tests/servers/openai-faults.ts';

/** How the answer to a request for text goes wrong; the plain refusals are those of pictures. */
export type OpenAiTextFault =
  | Extract<
      OpenAiFault,
      {
        kind:
          | 'rate_limit'
          | 'quota'
          | 'bad_request'
          | 'unauthorized'
          | 'server_error'
          | 'hang'
          | 'cut'
          | 'truncated_json'
          | 'empty_body';
      }
    >
  /** Answers with these words, whatever was asked; broken off by the limit of tokens where that is said. */
  | { kind: 'says'; text: string | null; brokenOff?: true }
  /** A refusal in the field that the API has for it. */
  | { kind: 'refusal' }
  /** Text that its filter ended. */
  | { kind: 'content_filter' };

/** A request of `chat/completions` as it arrived. */
export interface OpenAiTextRequest {
  authorization: string | undefined;
  fields: Record<string, unknown>;
  /** The contents of the messages by their role. */
  system: string;
  user: string;
}

const models = ['gpt-5.4-mini', 'local-model'];

export async function readTextRequest(incoming: IncomingMessage): Promise<OpenAiTextRequest> {
  const fields = JSON.parse((await buffer(incoming)).toString()) as Record<string, unknown>;
  const messages = (fields.messages ?? []) as { role: string; content: string }[];
  const said = (role: string) => messages.find((message) => message.role === role)?.content ?? '';
  return { authorization: incoming.headers.authorization, fields, system: said('system'), user: said('user') };
}

/** What a text model makes of words: other words each time, in their language. */
export function writtenOut(description: string, nth: number): string {
  return /\p{Script=Han}/u.test(description)
    ? `${description}，柔和的晨光從左側灑下，第 ${nth} 版。`
    : `${description}, in soft morning light from the left, version ${nth}.`;
}

/** Answers as the API documents it; `nth` is which request for these words it is. */
export function answerText(
  response: ServerResponse,
  request: OpenAiTextRequest,
  { fault, apiKey, nth }: { fault: OpenAiTextFault | undefined; apiKey: string | undefined; nth: number },
): void {
  // The kinds of its own are no plain refusals.
  const refusal = (fault && refusalOf(fault as OpenAiFault)) ?? brokenTextRule(request, apiKey);
  if (refusal) refuse(response, refusal);
  else if (fault?.kind === 'cut') response.destroy();
  else if (fault?.kind === 'empty_body') response.end();
  else if (fault?.kind !== 'hang') answerChoice(response, request, fault, nth);
}

function answerChoice(
  response: ServerResponse,
  request: OpenAiTextRequest,
  fault: OpenAiTextFault | undefined,
  nth: number,
): void {
  const { description } = JSON.parse(request.user) as { description: string };
  const text = JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: request.fields.model,
    choices: [{ index: 0, logprobs: null, ...choiceOf(fault, writtenOut(description, nth)) }],
    usage: { prompt_tokens: 200, completion_tokens: 40, total_tokens: 240 },
  });
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(fault?.kind === 'truncated_json' ? text.slice(0, text.length / 2) : text);
}

function choiceOf(fault: OpenAiTextFault | undefined, words: string) {
  const message = (content: string | null, refusal: string | null = null) => ({ role: 'assistant', content, refusal });
  switch (fault?.kind) {
    case 'says':
      return { finish_reason: fault.brokenOff ? 'length' : 'stop', message: message(fault.text) };
    case 'refusal':
      return { finish_reason: 'stop', message: message(null, 'I cannot help with that.') };
    case 'content_filter':
      return { finish_reason: 'content_filter', message: message('A fox') };
    default:
      return { finish_reason: 'stop', message: message(words) };
  }
}

/** Of the documented rules those that a caller may break; models that think refuse `max_tokens`. */
function brokenTextRule({ authorization, fields }: OpenAiTextRequest, apiKey: string | undefined) {
  const model = String(fields.model ?? '');
  const messages = Array.isArray(fields.messages) ? fields.messages : [];
  const isMessage = ({ role, content }: { role?: unknown; content?: unknown }) =>
    ['system', 'developer', 'user', 'assistant'].includes(String(role)) && typeof content === 'string';
  const limit = Number(fields.max_completion_tokens ?? 1);
  const broken: [boolean, ErrorAnswer][] = [
    [
      apiKey !== undefined && authorization !== `Bearer ${apiKey}`,
      invalidRequest('', 'invalid_api_key', 'Incorrect API key provided.', 401),
    ],
    [!models.includes(model), invalidRequest('model', 'model_not_found', `The model '${model}' does not exist.`, 404)],
    [
      messages.length === 0 || !messages.every(isMessage),
      invalidRequest('messages', 'invalid_type', "Invalid type for 'messages'."),
    ],
    [
      fields.max_tokens !== undefined,
      invalidRequest('max_tokens', 'unsupported_parameter', "Unsupported parameter: 'max_tokens'."),
    ],
    [
      !Number.isInteger(limit) || limit < 1 || limit > 128_000,
      invalidRequest('max_completion_tokens', 'integer_out_of_range', "Invalid 'max_completion_tokens'."),
    ],
  ];
  return broken.find(([isBroken]) => isBroken)?.[1];
}
