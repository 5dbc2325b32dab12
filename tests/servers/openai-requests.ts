import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { OpenAiFault } from '#tests/servers/openai-faults.ts';
import type { PictureOrder } from '#tests/servers/openai-pictures.ts';
import { readForm } from '#tests/servers/read-body.ts';

/** A request as it arrived. */
export interface OpenAiRequest {
  endpoint: 'generations' | 'edits';
  authorization: string | undefined;
  /** Without the authorization. */
  headers: Record<string, string>;
  prompt: string;
  /** The other parameters: JSON values of a generation, texts of an edit's form. */
  fields: Record<string, unknown>;
  /** Pictures to start from, and the mask. */
  pictures: { name: string; type: string; bytes: Uint8Array }[];
  mask?: Uint8Array;
  /** The fault that met it, if one did. */
  fault?: OpenAiFault['kind'];
}

/** Reads JSON or a multipart form. @throws when the body is neither. */
export async function readRequest(
  incoming: IncomingMessage,
  endpoint: OpenAiRequest['endpoint'],
): Promise<OpenAiRequest> {
  const bytes = await buffer(incoming);
  const { authorization, ...headers } = incoming.headers as Record<string, string>;
  const fields: Record<string, unknown> = {};
  const request: OpenAiRequest = { endpoint, authorization, headers, prompt: '', fields, pictures: [] };
  if (endpoint === 'generations') Object.assign(fields, JSON.parse(bytes.toString()));
  else {
    for (const [name, value] of await readForm(bytes, headers['content-type'] ?? '')) {
      if (typeof value === 'string') fields[name] = value;
      else {
        const picture = new Uint8Array(await value.arrayBuffer());
        if (name === 'mask') request.mask = picture;
        else request.pictures.push({ name: value.name, type: value.type, bytes: picture });
      }
    }
  }
  request.prompt = String(fields.prompt ?? '');
  return request;
}

/** The picture a request asks for; `nth` is which one of this prompt it is, so that no two are alike. */
export function orderOf(
  { prompt, fields }: OpenAiRequest,
  nth: number,
  sideMax = Number.POSITIVE_INFINITY,
): PictureOrder {
  const [, width = 1024, height = 1024] = (/^(\d+)x(\d+)$/.exec(String(fields.size)) ?? []).map(Number);
  const scale = Math.min(1, sideMax / Math.max(width, height));
  const format = fields.output_format === 'jpeg' || fields.output_format === 'webp' ? fields.output_format : 'png';
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { seed: `${prompt}#${nth}`, width: side(width), height: side(height), format };
}

/** Plausible numbers: a token for four characters, 300 a picture in, 1,056 for the picture out. */
export function usageOf({ prompt, pictures }: OpenAiRequest) {
  const details = { text_tokens: Math.ceil(prompt.length / 4), image_tokens: pictures.length * 300 };
  const input = details.text_tokens + details.image_tokens;
  return { input_tokens: input, input_tokens_details: details, output_tokens: 1056, total_tokens: input + 1056 };
}
