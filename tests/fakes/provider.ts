import { createHash } from 'node:crypto';
import sharp from 'sharp';
import {
  type GenerateOptions,
  type ImageModel,
  type ImageProvider,
  type ImageRequest,
  type ImageResult,
  type ImageWarning,
  ProviderError,
  type Size,
} from '#core/ports/images.ts';

/** One call of a fake provider. Where gates are on, the test decides how and when it ends. */
export interface FakeCall {
  readonly request: ImageRequest;
  readonly key: string;
  readonly handle: string | undefined;
  readonly state: 'running' | 'succeeded' | 'failed';
  /** Lets the call make its picture. */
  finish(): void;
  /** Makes the call throw this. */
  fail(error: Error): void;
}

export interface FakeProviderOptions {
  id?: string;
  /** Each is completed from `fakeModel`. */
  models?: readonly Partial<ImageModel>[];
  concurrency?: number;
  callsPerMinute?: number;
  placeholder?: boolean;
  /** True: every call waits for its `finish` or `fail`, or for `finishAll`. */
  gated?: boolean;
}

export interface FakeProvider extends ImageProvider {
  readonly calls: readonly FakeCall[];
  /** Makes the next `times` calls throw this at once; only those for prompts that match, where that is given. */
  failNext(error: Error, options?: { times?: number; prompt?: (prompt: string) => boolean }): void;
  /** Resolves once this many calls have come in since the start. */
  called(count: number): Promise<void>;
  /** Opens the gates: lets every waiting and later call finish. */
  finishAll(): void;
}

export const fakeModel: ImageModel = {
  id: 'fake',
  credits: 1,
  costMicros: 10_000,
  currency: 'USD',
  sizes: { kind: 'free', step: 8, sideMax: 2048, pixels: 1_048_576, ratioMax: 4 },
  qualities: ['low', 'high'],
  formats: ['png'],
  seeds: true,
  referencesMax: 4,
  partials: true,
  promptCharsMax: 32_000,
  deadlineMs: 5_000,
};

/**
 * An image provider in memory, for tests and benches of everything above the port. Answers at once with a real small
 * PNG of the asked shape, whose colour follows from the key: other pictures have other bytes, a repeated try the same.
 */
export function createFakeProvider(options: FakeProviderOptions = {}): FakeProvider {
  const models = (options.models ?? [{}]).map((model) => ({ ...fakeModel, ...model }));
  const calls: FakeCall[] = [];
  const arrivals: (() => void)[] = [];
  const failures: { error: Error; left: number; matches: (prompt: string) => boolean }[] = [];
  let isGated = options.gated ?? false;

  return {
    id: options.id ?? 'fake',
    models,
    concurrency: options.concurrency ?? 4,
    ...(options.callsPerMinute === undefined ? {} : { callsPerMinute: options.callsPerMinute }),
    placeholder: options.placeholder ?? false,
    calls,
    failNext(error, { times = 1, prompt = () => true } = {}) {
      failures.push({ error, left: times, matches: prompt });
    },
    async called(count) {
      while (calls.length < count) await new Promise<void>((resolve) => arrivals.push(resolve));
    },
    finishAll() {
      isGated = false;
      for (const call of calls) call.finish();
    },
    async generate(request, generateOptions) {
      const model = models.find(({ id }) => id === request.model);
      if (!model || (request.operation === 'upscale' && !model.upscales))
        throw new ProviderError('bad_request', `no model ${request.model}`, { retryable: false });
      throwIfEnded(generateOptions.signal);
      const { call, gate, settle } = openCall(request, generateOptions);
      calls.push(call);
      for (const arrived of arrivals.splice(0)) arrived();
      const failure = failures.find(({ left, matches }) => left > 0 && matches(request.prompt));
      if (failure) {
        failure.left -= 1;
        call.fail(failure.error);
      } else if (!isGated) call.finish();
      try {
        const result = await resultOf(model, request, generateOptions, gate);
        settle('succeeded');
        return result;
      } catch (error) {
        settle('failed');
        throw error;
      }
    },
  };
}

function openCall(request: ImageRequest, { key, handle }: GenerateOptions) {
  const { promise: gate, resolve, reject } = Promise.withResolvers<void>();
  // Failing a call that has already ended must not take the process down.
  gate.catch(() => undefined);
  let state: FakeCall['state'] = 'running';
  const call: FakeCall = {
    request,
    key,
    handle,
    get state() {
      return state;
    },
    finish: resolve,
    fail: reject,
  };
  const settle = (to: FakeCall['state']) => {
    state = to;
  };
  return { call, gate, settle };
}

async function resultOf(
  model: ImageModel,
  request: ImageRequest,
  { key, signal, onPartial }: GenerateOptions,
  gate: Promise<void>,
): Promise<ImageResult> {
  if (model.partials) onPartial?.(await flatPng(`${key} partial`, request.size));
  await raceSignal(gate, signal);
  const bytes = await flatPng(request.seed === undefined ? key : `seed ${request.seed}`, request.size, {
    isExact: request.operation === 'upscale',
  });
  const warnings: ImageWarning[] = [];
  if (request.seed !== undefined && !model.seeds) warnings.push('seed_ignored');
  if (request.quality !== undefined && !model.qualities.includes(request.quality)) warnings.push('quality_ignored');
  if (request.background === 'transparent') warnings.push('background_ignored');
  if (request.format !== undefined && request.format !== 'png') warnings.push('format_changed');
  return {
    bytes,
    type: 'png',
    cost: { micros: model.costMicros, currency: model.currency },
    warnings,
    ...(request.seed === undefined || !model.seeds ? {} : { seed: request.seed }),
  };
}

async function raceSignal(gate: Promise<void>, signal: AbortSignal): Promise<void> {
  throwIfEnded(signal);
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  await Promise.race([gate, ended.promise]);
  throwIfEnded(signal);
}

function throwIfEnded(signal: AbortSignal): void {
  if (!signal.aborted) return;
  const isDeadline = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
  throw new ProviderError(isDeadline ? 'timeout' : 'aborted', 'the call was ended', { retryable: true });
}

const longSide = 64;

async function flatPng(seed: string, size: Size, { isExact = false } = {}): Promise<Uint8Array> {
  const scale = isExact ? 1 : longSide / Math.max(size.width, size.height);
  const [r = 0, g = 0, b = 0] = createHash('sha256').update(seed).digest();
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const create = { width: side(size.width), height: side(size.height), channels: 3 as const, background: { r, g, b } };
  return await sharp({ create }).png().toBuffer();
}
