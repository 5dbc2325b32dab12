import { type ErrorAnswer, invalidRequest } from '#tests/servers/openai-faults.ts';
import type { OpenAiRequest } from '#tests/servers/openai-requests.ts';

const freeSizeModels = [
  'gpt-image-2',
  'gpt-image-2.5-flare',
  'gpt-image-2.5-sunburst',
  'gpt-image-2.6-flare',
  'gpt-image-2.6-sunburst',
];
const listedSizeModels = ['gpt-image-1', 'gpt-image-1-mini', 'gpt-image-1.5'];
const listedSizes = ['1024x1024', '1536x1024', '1024x1536', 'auto'];
const promptCharsMax = 32_000;
const picturesMax = 16;

/**
 * The documented limits of `images/generations` and `images/edits` (OpenAI's API reference); undefined when all hold.
 * Every model of theirs that was ever served is known here, as on a compatible server.
 */
export function brokenRule(request: OpenAiRequest, apiKey: string | undefined): ErrorAnswer | undefined {
  const { fields, prompt } = request;
  if (apiKey !== undefined && request.authorization !== `Bearer ${apiKey}`) {
    return invalidRequest('', 'invalid_api_key', 'Incorrect API key provided.', 401);
  }
  if (prompt === '')
    return invalidRequest('prompt', 'missing_required_parameter', "Missing required parameter: 'prompt'.");
  if ([...prompt].length > promptCharsMax) {
    const message = `Invalid 'prompt': string too long. Expected a string with maximum length ${promptCharsMax}.`;
    return invalidRequest('prompt', 'string_above_max_length', message);
  }
  const model = String(fields.model ?? '');
  if (!freeSizeModels.includes(model) && !listedSizeModels.includes(model)) {
    return invalidRequest('model', 'invalid_value', `Invalid value: '${model}'.`);
  }
  return brokenField(fields, model) ?? brokenPictures(request);
}

function brokenField(fields: OpenAiRequest['fields'], model: string): ErrorAnswer | undefined {
  const number = (name: string, fallback: number) => Number(fields[name] ?? fallback);
  const oneOf = (name: string, allowed: readonly string[]) =>
    fields[name] !== undefined && !allowed.includes(String(fields[name]))
      ? invalidRequest(name, 'invalid_value', `Invalid value: '${fields[name]}'. Supported values are: ${allowed}.`)
      : undefined;
  const within = (name: string, least: number, most: number, fallback: number) =>
    Number.isInteger(number(name, fallback)) && number(name, fallback) >= least && number(name, fallback) <= most
      ? undefined
      : invalidRequest(name, 'integer_out_of_range', `Invalid '${name}': expected ${least} to ${most}.`);

  const size = String(fields.size ?? 'auto');
  const isSizeKnown = listedSizes.includes(size) || (freeSizeModels.includes(model) && isFreeSize(size));
  const isJpeg = fields.output_format === 'jpeg';
  const qualities = ['auto', 'low', 'medium', 'high', ...(/-2\.[56]-/.test(model) ? ['xhigh', 'max'] : [])];
  return (
    (isSizeKnown ? undefined : invalidRequest('size', 'invalid_value', `Invalid value: '${size}'.`)) ??
    within('n', 1, 10, 1) ??
    within('partial_images', 0, 3, 0) ??
    oneOf('quality', qualities) ??
    oneOf('output_format', ['png', 'jpeg', 'webp']) ??
    oneOf('background', isJpeg ? ['auto', 'opaque'] : ['auto', 'opaque', 'transparent'])
  );
}

function isFreeSize(size: string): boolean {
  const [, width = 0, height = 0] = (/^(\d+)x(\d+)$/.exec(size) ?? []).map(Number);
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  return (
    short > 0 &&
    width % 16 === 0 &&
    height % 16 === 0 &&
    long <= 3 * short &&
    long <= 3840 &&
    long * short <= 3840 * 2160
  );
}

function brokenPictures({ endpoint, pictures }: OpenAiRequest): ErrorAnswer | undefined {
  if (endpoint === 'generations') return undefined;
  if (pictures.length === 0)
    return invalidRequest('image', 'missing_required_parameter', "Missing required parameter: 'image'.");
  if (pictures.length > picturesMax)
    return invalidRequest('image', 'array_above_max_length', "Invalid 'image': too many.");
  const isKnown = pictures.every(({ type }) => ['image/png', 'image/jpeg', 'image/webp'].includes(type));
  return isKnown ? undefined : invalidRequest('image', 'unsupported_file_mimetype', 'Invalid file.');
}
