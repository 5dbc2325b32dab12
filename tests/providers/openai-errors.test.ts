import * as sdk from 'openai';
import { describe, expect, test } from 'vitest';
import { ProviderError } from '#core/ports/images.ts';
import { MediaError } from '#media/media-error.ts';
import { retryAfterMsOf, toProviderError } from '#providers/openai-errors.ts';
import { FetchRefusedError } from '#src/guarded-request.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const running = new AbortController().signal;

function answer(status: number | undefined, error: object, headers: Record<string, string> = {}) {
  return sdk.APIError.generate(status, { error }, undefined, new Headers(headers));
}

function map(error: unknown, signal = running) {
  const { reason, retryable, retryAfterMs } = toProviderError(error, { sdk, signal, now });
  return { reason, retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

describe('toProviderError', () => {
  test.each([
    [
      429,
      { code: 'rate_limit_exceeded' },
      { 'retry-after': '2' },
      { reason: 'rate_limited', retryable: true, retryAfterMs: 2000 },
    ],
    [429, { code: null }, {}, { reason: 'rate_limited', retryable: true }],
    [429, { code: 'insufficient_quota' }, { 'retry-after': '2' }, { reason: 'quota', retryable: false }],
    [400, { code: 'billing_hard_limit_reached' }, {}, { reason: 'quota', retryable: false }],
    [400, { code: 'moderation_blocked' }, {}, { reason: 'content_blocked', retryable: false }],
    [400, { code: 'content_policy_violation' }, {}, { reason: 'content_blocked', retryable: false }],
    [
      400,
      { type: 'image_generation_user_error', code: null, message: 'rejected as a result of our safety system' },
      {},
      { reason: 'content_blocked', retryable: false },
    ],
    [400, { code: 'invalid_value', param: 'size' }, {}, { reason: 'bad_request', retryable: false }],
    [404, { code: 'model_not_found' }, {}, { reason: 'bad_request', retryable: false }],
    [413, {}, {}, { reason: 'bad_request', retryable: false }],
    [401, { code: 'invalid_api_key' }, {}, { reason: 'auth', retryable: false }],
    [403, {}, {}, { reason: 'auth', retryable: false }],
    [408, {}, {}, { reason: 'timeout', retryable: true }],
    [409, {}, {}, { reason: 'server', retryable: true }],
    [500, {}, {}, { reason: 'server', retryable: true }],
    [503, {}, { 'retry-after': '30' }, { reason: 'server', retryable: true, retryAfterMs: 30_000 }],
    [302, {}, {}, { reason: 'bad_answer', retryable: true }],
  ])('takes status %s with %j as it is meant', (status, body, headers, expected) => {
    expect(map(answer(status, body, headers))).toEqual(expected);
  });

  test.each([
    [{ code: 'moderation_blocked', type: 'image_generation_user_error' }, 'content_blocked'],
    [{ code: 'rate_limit_exceeded', type: 'requests' }, 'rate_limited'],
    [{ code: 'insufficient_quota', type: 'insufficient_quota' }, 'quota'],
    [{ code: 'x', type: 'invalid_request_error' }, 'bad_request'],
    [{ code: null, type: 'server_error' }, 'server'],
  ])('reads an error inside a stream, which has no status: %j', (body, reason) => {
    const error = new sdk.APIError(undefined, body, undefined, new Headers());
    expect(map(error).reason).toBe(reason);
  });

  test.each([
    ['a refused connection', new sdk.APIConnectionError({ message: 'no' }), 'network', true],
    ['a slow connection', new sdk.APIConnectionTimeoutError(), 'timeout', true],
    [
      'a broken body',
      Object.assign(new TypeError('terminated', { cause: Object.assign(new Error(), { code: 'UND_ERR_SOCKET' }) })),
      'network',
      true,
    ],
    ['a reset socket', Object.assign(new Error(), { code: 'ECONNRESET' }), 'network', true],
    ['broken JSON', new SyntaxError('Unexpected end'), 'bad_answer', true],
    ['bytes that are no picture', new MediaError('not_an_image', 'text'), 'bad_answer', true],
    ['a refused address', new FetchRefusedError('address', 'private'), 'bad_answer', true],
    ['a slow download', new DOMException('slow', 'TimeoutError'), 'timeout', true],
  ])('names %s', (_what, error, reason, retryable) => {
    expect(map(error)).toEqual({ reason, retryable });
  });

  test('puts our own signal before what the failure looks like', () => {
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(map(new sdk.APIConnectionError({ message: 'x' }), late)).toEqual({ reason: 'timeout', retryable: true });
    expect(map(answer(500, {}), AbortSignal.abort())).toEqual({ reason: 'aborted', retryable: true });
  });

  test('lets a bug of ours through as it is', () => {
    const bug = new TypeError('x is not a function');
    expect(() => map(bug)).toThrow(bug);
  });

  test('keeps nothing of what a server says about a key', () => {
    const error = toProviderError(answer(401, { message: 'Incorrect key sk-secret', code: 'invalid_api_key' }), {
      sdk,
      signal: running,
      now,
    });
    expect(error).toBeInstanceOf(ProviderError);
    expect(`${error.message} ${error.cause}`).not.toContain('sk-secret');
  });
});

test.each([
  [{}, undefined],
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after': '0.25' }, 250],
  [{ 'retry-after': 'Mon, 23 Nov 2026 12:00:05 GMT' }, 5000],
  [{ 'retry-after': 'Mon, 23 Nov 2026 11:59:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '9', 'retry-after-ms': '120.5' }, 121],
])('reads the wait from %j', (headers, expected) => {
  expect(retryAfterMsOf(new Headers(headers as Record<string, string>), now)).toBe(expected);
});
