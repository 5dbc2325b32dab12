import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { refuse } from '#tests/servers/openai-answers.ts';
import { type ErrorAnswer, invalidRequest, type OpenAiFault, refusalOf } from '#tests/servers/openai-faults.ts';

/** A request of `moderations` as it arrived. */
export interface OpenAiModerationRequest {
  authorization: string | undefined;
  model: unknown;
  input: string;
}

const models = ['omni-moderation-latest', 'omni-moderation-2024-09-26'];
/** Some of those that the API has. */
const categories = ['harassment', 'hate', 'sexual', 'sexual/minors', 'violence', 'violence/graphic'];

export async function readModerationRequest(incoming: IncomingMessage): Promise<OpenAiModerationRequest> {
  const { model, input } = (await json(incoming)) as { model?: unknown; input?: unknown };
  return { authorization: incoming.headers.authorization, model, input: typeof input === 'string' ? input : '' };
}

/** Answers as the API documents it. */
export function answerModeration(
  response: ServerResponse,
  request: OpenAiModerationRequest,
  { fault, apiKey }: { fault: OpenAiFault | undefined; apiKey: string | undefined },
): void {
  const refusal = (fault && refusalOf(fault)) ?? brokenRule(request, apiKey);
  if (refusal) refuse(response, refusal);
  else if (fault?.kind === 'cut') response.destroy();
  else if (fault?.kind === 'empty_body') response.end();
  else if (fault?.kind !== 'hang') answerVerdict(response, request);
}

function answerVerdict(response: ServerResponse, { model, input }: OpenAiModerationRequest): void {
  const flagged = /\bgore\b/i.test(input);
  const each = <T>(value: (objected: boolean) => T) =>
    Object.fromEntries(categories.map((name) => [name, value(flagged && name.startsWith('violence'))]));
  const result = {
    flagged,
    categories: each((objected) => objected),
    category_scores: each((objected) => (objected ? 0.98 : 0.001)),
  };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ id: 'modr-1', model, results: [result] }));
}

function brokenRule(
  { authorization, model, input }: OpenAiModerationRequest,
  apiKey: string | undefined,
): ErrorAnswer | undefined {
  if (apiKey !== undefined && authorization !== `Bearer ${apiKey}`) return refusalOf({ kind: 'unauthorized' });
  if (!models.includes(String(model)))
    return invalidRequest('model', 'model_not_found', `The model '${model}' does not exist`);
  if (input === '') return invalidRequest('input', 'missing_required_parameter', 'input is missing');
  return undefined;
}
