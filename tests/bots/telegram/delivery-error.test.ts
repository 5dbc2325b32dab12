import { inspect } from 'node:util';
import { GrammyError, HttpError } from 'grammy';
import { describe, expect, test } from 'vitest';
import { migratedTo, refusalOf, toDeliveryError, withoutSecrets } from '#bots/telegram/delivery-error.ts';

const token = '123:secret-token';

function refused(status: number, description: string, parameters: Record<string, number> = {}) {
  const answer = { ok: false as const, error_code: status, description, parameters };
  return new GrammyError('Call failed!', answer, 'sendMessage', { chat_id: 1, text: 'a private prompt' });
}

test.each([
  [429, 'Too Many Requests: retry after 17', 'rate_limited', true],
  [500, 'Internal Server Error', 'server', true],
  [502, 'Bad Gateway', 'server', true],
  [401, 'Unauthorized', 'server', true],
  [404, 'Not Found', 'server', true],
  [400, 'Bad Request: chat not found', 'gone', false],
  [400, 'Bad Request: PEER_ID_INVALID', 'gone', false],
  [400, 'Bad Request: group chat was upgraded to a supergroup chat', 'gone', false],
  [403, 'Forbidden: the group chat was deleted', 'gone', false],
  [403, 'Forbidden: user is deactivated', 'gone', false],
  [403, 'Forbidden: bot was kicked from the supergroup chat', 'gone', false],
  [403, 'Forbidden: bot is not a member of the channel chat', 'gone', false],
  [403, 'Forbidden: bot was blocked by the user', 'forbidden', false],
  [403, "Forbidden: bot can't initiate conversation with a user", 'forbidden', false],
  [400, 'Bad Request: not enough rights to send photos to the chat', 'forbidden', false],
  [400, 'Bad Request: have no rights to send a message', 'forbidden', false],
  [400, 'Bad Request: CHAT_WRITE_FORBIDDEN', 'forbidden', false],
  [400, 'Bad Request: TOPIC_CLOSED', 'forbidden', false],
  [413, 'Request Entity Too Large', 'too_large', false],
  [400, 'Bad Request: file is too big', 'too_large', false],
  [400, 'Bad Request: message to edit not found', 'missing', false],
  [400, "Bad Request: can't parse entities: unexpected end tag", 'bad_request', false],
] as const)('%i %s is %s', (status, description, reason, retryable) => {
  const error = toDeliveryError(refused(status, description));
  expect(error).toMatchObject({ name: 'DeliveryError', reason, retryable });
  expect(refusalOf(error)).toEqual({ status, description });
});

test('a flood wait is told in milliseconds', () => {
  expect(toDeliveryError(refused(429, 'Too Many Requests', { retry_after: 17 })).retryAfterMs).toBe(17_000);
});

test('a refused token names its variable and waits for an operator', () => {
  const error = toDeliveryError(refused(401, 'Unauthorized'));
  expect(error.message).toContain('TELEGRAM_BOT_TOKEN');
  expect(error.retryAfterMs).toBeGreaterThanOrEqual(60_000);
});

test('a group that moved tells where to', () => {
  expect(migratedTo(refused(400, 'group chat was upgraded', { migrate_to_chat_id: -100777 }))).toBe(-100777);
  expect(migratedTo(refused(400, 'chat not found'))).toBeUndefined();
});

describe('a fault of the network', () => {
  const cause = Object.assign(new Error(`request to http://host/bot${token}/sendMessage failed`), {
    code: 'ECONNREFUSED',
    type: 'system',
  });
  const error = toDeliveryError(new HttpError("Network request for 'sendMessage' failed!", cause));

  test('may be tried again', () => {
    expect(error).toMatchObject({ reason: 'network', retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('tells no token, and a refusal no prompt', () => {
    for (const each of [error, withoutSecrets(refused(400, 'Bad Request'))]) {
      const told = inspect(each, { depth: null });
      expect(told).not.toContain('secret-token');
      expect(told).not.toContain('private prompt');
    }
  });
});

test('a bug stays what it is', () => {
  const bug = new TypeError('x is undefined');
  expect(() => toDeliveryError(bug)).toThrow(bug);
  expect(withoutSecrets(bug)).toBe(bug);
  expect(refusalOf(bug)).toBeUndefined();
});
