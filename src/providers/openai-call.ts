import type { OpenAI } from 'openai';
import { type GenerateOptions, ProviderError } from '#core/ports/images.ts';
import { sniffImageType } from '#media/inspect-image.ts';
import { readAnswer, readEvent, type ServedPicture } from '#providers/openai-answer.ts';
import type { OpenAiModel } from '#providers/openai-models.ts';
import type { OpenAiCall } from '#providers/openai-request.ts';

/**
 * Makes the call and returns the picture as the server describes it: one request, never repeated. Asks for a stream
 * where previews are wanted, and takes plain JSON from servers that do not stream.
 * @throws {ProviderError} `bad_answer` for an answer without a picture; the SDK's and Node's own errors for the rest.
 */
export async function fetchPicture(
  client: OpenAI,
  call: OpenAiCall,
  model: OpenAiModel,
  { signal, onPartial }: GenerateOptions,
): Promise<ServedPicture> {
  const pending =
    call.endpoint === 'edit'
      ? client.images.edit(call.params, { signal })
      : client.images.generate(call.params, { signal });
  if (!call.params.stream) return readAnswer(await readJson(await pending.asResponse()), model);
  const { data, response } = await pending.withResponse();
  const isStream = response.headers.get('content-type')?.includes('text/event-stream');
  if (!isStream || !(Symbol.asyncIterator in data)) return readAnswer(await readJson(response), model);
  for await (const json of data) {
    const event = readEvent(json, model);
    if (event.kind === 'completed') return event.picture;
    if (event.kind === 'partial') showPartial(event.picture, onPartial);
  }
  throw new ProviderError('bad_answer', 'the stream ended without its picture', { retryable: true });
}

/** Not `response.json()`: some servers send JSON under another content type. */
export async function readJson(response: Response): Promise<unknown> {
  return JSON.parse(await response.text());
}

/** A preview that is no picture is dropped: the picture itself may still come. */
function showPartial({ source }: ServedPicture, onPartial: GenerateOptions['onPartial']): void {
  if (!('base64' in source)) return;
  const bytes = decodeBase64(source.base64);
  if (isPicture(bytes)) onPartial?.(bytes);
}

/** Some compatible servers send a data URL where base64 is due. */
export function decodeBase64(text: string): Uint8Array {
  return Buffer.from(text.replace(/^data:[^,]*,/, ''), 'base64');
}

function isPicture(bytes: Uint8Array): boolean {
  try {
    sniffImageType(bytes);
    return true;
  } catch {
    return false;
  }
}
