import { z } from 'zod';
import { ratioDiffers } from '#core/ports/image-sizes.ts';
import type { ImageProvider, ImageRequest, ImageResult } from '#core/ports/images.ts';
import { inspectImage } from '#media/inspect-image.ts';
import { defineProvider, type Env, type ProviderDeps, type ReadConfig } from '#providers/define.ts';
import type { ServedPicture } from '#providers/openai-answer.ts';
import { decodeBase64, fetchPicture } from '#providers/openai-call.ts';
import { baseUrlOf, connect, type OpenAiAccess } from '#providers/openai-client.ts';
import { toProviderError } from '#providers/openai-errors.ts';
import { type OpenAiModel, openAiModels, retiredOpenAiModels } from '#providers/openai-models.ts';
import { createOpenAiModerator } from '#providers/openai-moderator.ts';
import { buildOpenAiCall, type OpenAiCall } from '#providers/openai-request.ts';
import { createOpenAiWriter } from '#providers/openai-writer.ts';
import { requireModel } from '#providers/request-checks.ts';
import { download } from '#src/download.ts';

/** Pictures a minute are few on OpenAI's lower usage tiers, so more calls at once only meet its limit. */
const concurrencyDefault = 4;
/** Writes prompts out; small, quick, and of those that OpenAI has not announced the end of. */
const textModelDefault = 'gpt-5.4-mini';
/** Compatible servers mostly have none, so theirs has to be named. */
const moderationModelDefault = 'omni-moderation-latest';

interface OpenAiConfig extends OpenAiAccess {
  concurrency: number;
  callsPerMinute?: number;
  /** The model that writes prompts out. */
  textModel: string;
  /** The model that looks at prompts first; undefined where none does. */
  moderationModel: string | undefined;
}

const baseUrlShape = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

const countShape = z.coerce.number().int().min(1).max(10_000);

/**
 * `OPENAI_API_KEY`, and `OPENAI_BASE_URL` for a compatible server. One that needs no key takes any text as key.
 * `OPENAI_CONCURRENCY` and `OPENAI_IMAGES_PER_MINUTE` are what the account or the server can take, `OPENAI_TEXT_MODEL` is
 * what writes prompts out, `OPENAI_MODERATION_MODEL` what looks at them first (`off`: nothing).
 */
function readConfig(env: Env): ReadConfig<OpenAiConfig> {
  const apiKey = env.OPENAI_API_KEY?.trim() || undefined;
  const address = env.OPENAI_BASE_URL?.trim() || undefined;
  if (apiKey === undefined && address === undefined) return null;
  const baseUrl = baseUrlShape.optional().safeParse(address);
  const keyProblem =
    'OPENAI_API_KEY is missing: OPENAI_BASE_URL is set (any text will do for a server that needs no key)';
  const urlProblem = 'OPENAI_BASE_URL is not an http or https address';
  const concurrency = countShape.default(concurrencyDefault).safeParse(env.OPENAI_CONCURRENCY?.trim() || undefined);
  const callsPerMinute = countShape.optional().safeParse(env.OPENAI_IMAGES_PER_MINUTE?.trim() || undefined);
  const [first, ...others] = [
    ...(apiKey === undefined ? [keyProblem] : []),
    ...(baseUrl.success ? [] : [urlProblem]),
    ...(concurrency.success ? [] : ['OPENAI_CONCURRENCY must be a whole number from 1 to 10000']),
    ...(callsPerMinute.success ? [] : ['OPENAI_IMAGES_PER_MINUTE must be a whole number from 1 to 10000']),
  ];
  if (first !== undefined) return { problems: [first, ...others] };
  return {
    apiKey: apiKey ?? '',
    concurrency: concurrency.data ?? concurrencyDefault,
    textModel: env.OPENAI_TEXT_MODEL?.trim() || textModelDefault,
    moderationModel: readModerationModel(env.OPENAI_MODERATION_MODEL?.trim(), address),
    ...(baseUrl.data === undefined ? {} : { baseUrl: baseUrl.data }),
    ...(callsPerMinute.data === undefined ? {} : { callsPerMinute: callsPerMinute.data }),
  };
}

function readModerationModel(named: string | undefined, address: string | undefined): string | undefined {
  if (named) return named === 'off' ? undefined : named;
  return address === undefined ? moderationModelDefault : undefined;
}

/** The GPT image models of OpenAI, or of a server that speaks its Images API. */
export const openai = defineProvider({
  id: 'openai',
  readConfig,
  create: createOpenAi,
  createWriter: createOpenAiWriter,
  createModerator: ({ moderationModel, ...access }: OpenAiConfig, deps) =>
    moderationModel === undefined ? undefined : createOpenAiModerator({ ...access, moderationModel }, deps),
});

function createOpenAi(config: OpenAiConfig, deps: ProviderDeps): ImageProvider {
  const models = config.baseUrl === undefined ? openAiModels : [...openAiModels, ...retiredOpenAiModels];
  let connecting: ReturnType<typeof connect> | undefined;
  return {
    id: 'openai',
    models,
    concurrency: config.concurrency,
    ...(config.callsPerMinute === undefined ? {} : { callsPerMinute: config.callsPerMinute }),
    placeholder: false,
    async generate(request, options) {
      const model = requireModel(models, request);
      connecting ??= connect(config, deps);
      const { sdk, client } = await connecting;
      try {
        const call = buildOpenAiCall(model, request, { stream: options.onPartial !== undefined });
        const picture = await fetchPicture(client, call, model, options);
        const bytes = await bytesOf(picture, config, deps.download ?? download, options.signal);
        return await finish(bytes, picture, call, model, request);
      } catch (error) {
        throw toProviderError(error, { sdk, signal: options.signal, now: Date.now() });
      }
    },
  };
}

async function bytesOf(
  picture: ServedPicture,
  access: OpenAiAccess,
  fetchFile: typeof download,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if ('base64' in picture.source) return decodeBase64(picture.source.base64);
  const { origin } = new URL(baseUrlOf(access));
  return await fetchFile(picture.source.url, {
    trustedOrigin: origin,
    authorization: `Bearer ${access.apiKey}`,
    signal,
  });
}

async function finish(
  bytes: Uint8Array,
  picture: ServedPicture,
  call: OpenAiCall,
  model: OpenAiModel,
  request: ImageRequest,
): Promise<ImageResult> {
  const { type, width, height } = await inspectImage(bytes);
  const warnings = new Set(call.warnings);
  if (ratioDiffers({ width, height }, call.size)) warnings.add('size_changed');
  if (request.format !== undefined && type !== request.format) warnings.add('format_changed');
  return {
    bytes,
    type,
    cost: { micros: picture.costMicros ?? model.costMicros, currency: model.currency },
    warnings: [...warnings],
    ...(picture.revisedPrompt === undefined ? {} : { revisedPrompt: picture.revisedPrompt }),
  };
}
