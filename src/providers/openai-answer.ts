import { z } from 'zod';
import { ProviderError } from '#core/ports/images.ts';
import type { OpenAiModel } from '#providers/openai-models.ts';

const tokens = z.number().int().nonnegative();

const usageShape = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  input_tokens_details: z.object({ image_tokens: tokens, text_tokens: tokens }).nullish(),
});

const pictureShape = z.object({
  b64_json: z.string().nullish(),
  url: z.string().nullish(),
  revised_prompt: z.string().nullish(),
});

const answerShape = z.object({ data: z.array(pictureShape).min(1), usage: z.unknown().optional() });
const eventShape = pictureShape.extend({ type: z.string(), usage: z.unknown().optional() });

/** A picture as the server describes it, checked in shape only. */
export interface ServedPicture {
  /** The encoded picture, or where it can be fetched. */
  source: { base64: string } | { url: string };
  revisedPrompt?: string;
  /** Millionths of a US dollar; absent when the server reports no tokens. */
  costMicros?: number;
}

export type StreamEvent = { kind: 'partial' | 'completed'; picture: ServedPicture } | { kind: 'other' };

/**
 * Reads the JSON of `images/generations` and `images/edits`.
 * @throws {ProviderError} `bad_answer` when there is no picture in it.
 */
export function readAnswer(json: unknown, model: OpenAiModel): ServedPicture {
  const answer = answerShape.safeParse(json);
  const picture = answer.data?.data[0];
  if (!answer.success || !picture) throw badAnswer('there is no picture in the answer', answer.error);
  return served(picture, answer.data.usage, model);
}

/**
 * Reads one event of a streamed answer, of either endpoint. Empty previews and events of a later API are skipped.
 * @throws {ProviderError} `bad_answer` when the finished picture's event has none.
 */
export function readEvent(json: unknown, model: OpenAiModel): StreamEvent {
  const event = eventShape.safeParse(json);
  if (!event.success) throw badAnswer('an event of the stream has no shape we know', event.error);
  const kind = /^image_(?:generation|edit)\.(partial_image|completed)$/.exec(event.data.type)?.[1];
  const isEmptyPreview = kind === 'partial_image' && !event.data.b64_json;
  if (kind === undefined || isEmptyPreview) return { kind: 'other' };
  const picture = served(event.data, event.data.usage, model);
  return { kind: kind === 'completed' ? 'completed' : 'partial', picture };
}

function served(picture: z.infer<typeof pictureShape>, usage: unknown, model: OpenAiModel): ServedPicture {
  const costMicros = costOf(usage, model);
  const source = picture.b64_json ? { base64: picture.b64_json } : picture.url ? { url: picture.url } : undefined;
  if (!source) throw badAnswer('the picture is empty');
  return {
    source,
    ...(picture.revised_prompt ? { revisedPrompt: picture.revised_prompt } : {}),
    ...(costMicros !== undefined ? { costMicros } : {}),
  };
}

/** Cached input tokens are cheaper, but no image endpoint reports them. */
function costOf(usage: unknown, { tokenPrices }: OpenAiModel): number | undefined {
  const { data } = usageShape.safeParse(usage);
  if (!data || data.output_tokens === 0) return undefined;
  const input = data.input_tokens_details ?? { text_tokens: data.input_tokens, image_tokens: 0 };
  return Math.ceil(
    input.text_tokens * tokenPrices.textInput +
      input.image_tokens * tokenPrices.imageInput +
      data.output_tokens * tokenPrices.output,
  );
}

function badAnswer(message: string, cause?: unknown): ProviderError {
  return new ProviderError('bad_answer', message, { retryable: true, cause });
}
