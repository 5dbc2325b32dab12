import { describe, expect, test } from 'vitest';
import { postedAction, postedMessage, readCall } from '#bots/playground/inbound.ts';
import { limits, users } from '#bots/playground/room.ts';

const id = '3f0c6a2e-5a0e-4d3b-9a51-0a1b2c3d4e5f';
const file = { name: 'fox.png', type: 'image/png', base64: 'AAAA' };

describe('a posted message', () => {
  test.each([
    ['words alone', { text: '/help', user: 'ada' }],
    ['no words', { text: '', user: 'ada' }],
    ['a file', { text: '/imagine a fox', user: 'ada', attachments: [file] }],
    ['a file without a type', { text: '', user: 'ada', attachments: [{ ...file, type: '' }] }],
    ['20 files', { text: '', user: 'ada', attachments: Array.from({ length: 20 }, () => file) }],
    ['a text far over any prompt', { text: 'x'.repeat(200_000), user: 'ada' }],
  ])('may be %s', (_, body) => {
    expect(postedMessage.parse(body)).toEqual(body);
  });

  test.each([
    ['nothing', null],
    ['a list', []],
    ['a text alone', { text: '/help' }],
    ['a user alone', { user: 'ada' }],
    ['a number as text', { text: 1, user: 'ada' }],
    ['a text without end', { text: 'x'.repeat(200_001), user: 'ada' }],
    ['files that are no list', { text: '', user: 'ada', attachments: file }],
    ['a file without a name', { text: '', user: 'ada', attachments: [{ ...file, name: '' }] }],
    ['a file with a name without end', { text: '', user: 'ada', attachments: [{ ...file, name: 'x'.repeat(256) }] }],
    ['a file that is no base64', { text: '', user: 'ada', attachments: [{ ...file, base64: 'not base64!' }] }],
    ['21 files', { text: '', user: 'ada', attachments: Array.from({ length: 21 }, () => file) }],
  ])('may not be %s', (_, body) => {
    expect(postedMessage.safeParse(body).success).toBe(false);
  });
});

describe('a pressed button', () => {
  test.each([
    ['a message that is no id', { messageId: '1', actionId: 'cancel', user: 'ada' }],
    ['an action without end', { messageId: id, actionId: 'x'.repeat(65), user: 'ada' }],
    ['no action', { messageId: id, actionId: '', user: 'ada' }],
    ['no user', { messageId: id, actionId: 'cancel' }],
  ])('may not have %s', (_, body) => {
    expect(postedAction.safeParse(body).success).toBe(false);
  });

  test('carries a command of up to 64 characters', () => {
    const body = { messageId: id, actionId: 'x'.repeat(64), user: 'ada' };
    expect(postedAction.parse(body)).toEqual(body);
  });
});

test.each(users)('$name is a $role who reads $locale, and talks in the one room', (user) => {
  const said = { deliveryKey: 'd', requestId: 'r', text: '/help\n<b>', files: [] };
  expect(readCall(user, said)).toEqual({
    ...said,
    platform: 'playground',
    workspace: { platformId: 'room', name: 'Playground' },
    channel: { platformId: 'room', name: 'Playground', limits },
    conversation: { platform: 'playground', channel: 'room', thread: user.name },
    account: { platformId: user.name, name: user.displayName, standing: user.role },
    locale: user.locale,
  });
});

test('the people are the documented ones', () => {
  expect(users.map(({ name, role, locale }) => [name, role, locale])).toEqual([
    ['ada', 'owner', 'en'],
    ['bo', 'member', 'zh-TW'],
    ['cy', 'guest', 'en'],
  ]);
});

test.each([
  ['/admin role set @bo admin', [{ typed: '@bo', kind: 'account', platformId: 'bo', name: 'Bo' }]],
  ['/admin role set @Cy guest', [{ typed: '@Cy', kind: 'account', platformId: 'cy', name: 'Cy' }]],
  ['a@bo.example and @zoe', undefined],
])('%s names who is there', (text, mentions) => {
  const [user] = users;
  const said = { deliveryKey: 'd', requestId: 'r', text, files: [] };
  expect(user && readCall(user, said).mentions).toEqual(mentions);
});
