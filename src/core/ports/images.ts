/**
 * The port every image provider implements. Prices, sizes and abilities are data; `generate` is the only verb.
 * A provider never retries, never decides about money and never sees who asked.
 */
export interface ImageProvider {
  readonly id: string;
  readonly models: readonly ImageModel[];
  /** Calls that may run at once over all processes: the in-flight window of dispatch. */
  readonly concurrency: number;
  /** Calls in any minute over all processes; as each makes one picture, a limit of requests and of pictures alike. */
  readonly callsPerMinute?: number;
  /** True for a built-in stand-in whose pictures are not made by a model; cards say so. */
  readonly placeholder: boolean;
  /**
   * Makes one picture.
   * @throws {ProviderError} for everything the provider refuses or fails at; anything else is a bug.
   */
  generate(request: ImageRequest, options: GenerateOptions): Promise<ImageResult>;
}

export interface GenerateOptions {
  /** Ends the call: deadline, cancel or shutdown. */
  signal: AbortSignal;
  /** The same for every try at the same picture; sent as idempotency key where the provider has one. */
  key: string;
  /** What an earlier try saved, for providers that keep a request alive. */
  handle?: string;
  saveHandle(handle: string): Promise<void>;
  /** Called with an encoded preview while the picture is being made. */
  onPartial?: (bytes: Uint8Array) => void;
}

export interface ImageModel {
  /** What people type after `--model`; unique over all providers. */
  readonly id: string;
  /** Credits a picture of this model costs a person. Whole number. */
  readonly credits: number;
  /** What one picture costs the operator, in millionths of `currency`, where the provider does not say itself. */
  readonly costMicros: number;
  readonly currency: string;
  readonly sizes: ModelSizes;
  readonly qualities: readonly string[];
  readonly formats: readonly ImageFormat[];
  /** Whether the same seed gives the same picture. */
  readonly seeds: boolean;
  /** Most reference pictures a request may carry; 0 = none. */
  readonly referencesMax: number;
  /** Whether previews are streamed while the picture is made. */
  readonly partials: boolean;
  /** Longest prompt in characters. */
  readonly promptCharsMax: number;
  /** How long one call may take before it is given up. */
  readonly deadlineMs: number;
  /** What it enlarges, at the same price; absent where it does not. */
  readonly upscales?: Upscaling;
}

/** What a model makes of a picture that is there. */
export interface Upscaling {
  /** How many times as wide and as high. */
  readonly factors: readonly number[];
  /** Of the result, in pixels. */
  readonly sideMax: number;
  readonly pixelsMax: number;
  /** Whether it adds no detail; cards and galleries say so. */
  readonly resamples: boolean;
  /** Whether that is all it does: then it takes pictures of any model, and nobody can ask it for others. */
  readonly only: boolean;
}

/** Either a fixed list, or any size in steps within bounds (in pixels; `ratioMax` is long side ÷ short side). */
export type ModelSizes =
  | { readonly kind: 'list'; readonly sizes: readonly Size[] }
  | {
      readonly kind: 'free';
      readonly step: number;
      readonly sideMax: number;
      readonly pixels: number;
      readonly ratioMax: number;
    };

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type ImageFormat = 'png' | 'jpeg' | 'webp';

export interface ImageRequest {
  /** `upscale` makes the one input, of the role `source`, as large as `size`. */
  operation: 'generate' | 'edit' | 'upscale';
  /** The model's id as in `ImageModel.id`. */
  model: string;
  prompt: string;
  negative?: string;
  seed?: number;
  size: Size;
  quality?: string;
  format?: ImageFormat;
  background?: 'auto' | 'opaque' | 'transparent';
  inputs: ImageInput[];
}

export interface ImageInput {
  role: 'reference' | 'mask' | 'style' | 'source';
  bytes: Uint8Array;
  type: ImageFormat;
}

export interface ImageResult {
  bytes: Uint8Array;
  type: ImageFormat;
  seed?: number;
  revisedPrompt?: string;
  cost?: { micros: number; currency: string };
  warnings: ImageWarning[];
}

/** Something asked for that could not be done and that was left out; `resampled`: an enlargement without new detail. */
export type ImageWarning =
  | 'seed_ignored'
  | 'size_changed'
  | 'quality_ignored'
  | 'negative_ignored'
  | 'background_ignored'
  | 'format_changed'
  | 'not_enhanced'
  | 'resampled';

/** `prompt_blocked` and `picture_blocked` are what our own checks say no with; every other one is a provider's. */
export const providerErrorReasons = [
  'rate_limited',
  'unavailable',
  'content_blocked',
  'bad_request',
  'auth',
  'quota',
  'timeout',
  'aborted',
  'server',
  'network',
  'bad_answer',
  'model_gone',
  'storage_full',
  'source_gone',
  'prompt_blocked',
  'picture_blocked',
] as const;
export type ProviderErrorReason = (typeof providerErrorReasons)[number];

/** What a provider says no with. Each reason has a sentence at `errors.provider.<reason>`. */
export class ProviderError extends Error {
  readonly reason: ProviderErrorReason;
  readonly retryable: boolean;
  /** How long the provider asked to wait, when it said so. */
  readonly retryAfterMs: number | undefined;
  /** What exactly was objected to, in the words of who did, such as `violence/graphic`. */
  readonly detail: string | undefined;

  constructor(
    reason: ProviderErrorReason,
    message: string,
    options: { retryable: boolean; retryAfterMs?: number | undefined; detail?: string; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'ProviderError';
    this.reason = reason;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.detail = options.detail;
  }
}
