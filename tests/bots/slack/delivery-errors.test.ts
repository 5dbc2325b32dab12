import { webApi } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { codeOf, toDeliveryError } from '#bots/slack/delivery-errors.ts';
import { DeliveryError } from '#core/ports/delivery.ts';

const platformError = (error: string) => new webApi.WebAPIPlatformError({ ok: false, error });
const read = (error: unknown) => toDeliveryError(error, webApi, 'chat.postMessage');

describe('what Slack answers', () => {
  it.each([
    ['channel_not_found', 'gone', false],
    ['is_archived', 'gone', false],
    ['account_inactive', 'gone', false],
    ['token_revoked', 'gone', false],
    ['not_in_channel', 'forbidden', false],
    ['restricted_action', 'forbidden', false],
    ['user_disabled', 'forbidden', false],
    ['msg_too_long', 'too_large', false],
    ['message_not_found', 'missing', false],
    ['invalid_blocks', 'bad_request', false],
    ['internal_error', 'server', true],
    ['invalid_auth', 'server', true],
    ['missing_scope', 'server', true],
    ['<html>Bad Gateway</html>', 'server', true],
    ['ratelimited', 'rate_limited', true],
  ])('%s is %s', (code, reason, retryable) => {
    const error = read(platformError(code));
    expect(error).toMatchObject({ reason, retryable });
    expect(codeOf(error)).toBe(code);
  });
});

describe('what the SDK throws', () => {
  it.each([
    ['a rate limit with its wait', new webApi.WebAPIRateLimitedError(7), 'rate_limited', true, 7000],
    ['a rate limit without', new webApi.WebAPIRateLimitedError(0), 'rate_limited', true, 1000],
    ['a network fault', new webApi.WebAPIRequestError(new Error('ECONNRESET')), 'network', true, undefined],
    ['a server fault', new webApi.WebAPIHTTPError(503, 'Unavailable', {}), 'server', true, undefined],
    ['a refused request', new webApi.WebAPIHTTPError(404, 'Not Found', {}), 'bad_request', false, undefined],
    ['anything else', new Error('Retry header did not contain a valid timeout'), 'server', true, undefined],
  ])('%s', (_, thrown, reason, retryable, retryAfterMs) => {
    expect(read(thrown)).toMatchObject({ reason, retryable, retryAfterMs, cause: thrown });
    expect(codeOf(read(thrown))).toBeUndefined();
  });

  it('stays what it is when it is one of the port', () => {
    const error = new DeliveryError('gone', 'x', { retryable: false });
    expect(read(error)).toBe(error);
  });
});
