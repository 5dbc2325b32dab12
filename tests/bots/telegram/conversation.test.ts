import { expect, test } from 'vitest';
import { toConversation, toPlace, toRef, toSentMessage } from '#bots/telegram/conversation.ts';

test.each([
  [{ chatId: 7 }, { platform: 'telegram', channel: '7' }],
  [{ chatId: -1_002_000_001_234 }, { platform: 'telegram', channel: '-1002000001234' }],
  [
    { chatId: -100500, topicId: 9 },
    { platform: 'telegram', channel: '-100500', thread: '9' },
  ],
])('%j is %j, there and back', (place, conversation) => {
  expect(toConversation(place)).toEqual(conversation);
  expect(toPlace(JSON.parse(JSON.stringify(conversation)))).toEqual(place);
});

test.each([
  [{ chatId: 7, kind: 'text', messageIds: [5] }, 'text:5'],
  [{ chatId: -100500, kind: 'photo', messageIds: [5, 6, 7] }, 'photo:5,6,7'],
  [{ chatId: -100500, kind: 'document', messageIds: [12] }, 'document:12'],
] as const)('%j is remembered as %s', (sent, message) => {
  const ref = toRef(sent);
  const messages = sent.messageIds.map(String);
  expect(ref).toEqual({ platform: 'telegram', channel: String(sent.chatId), message, messages });
  expect(toSentMessage(JSON.parse(JSON.stringify(ref)))).toEqual(sent);
});

test.each([
  ['no such message', '7'],
  ['text:', '7'],
  ['text:5', 'general'],
  ['video:5', '7'],
  ['text:5,', '7'],
])('%s in %s is refused for good', (message, channel) => {
  expect(() => toSentMessage({ platform: 'telegram', channel, message })).toThrow(
    expect.objectContaining({ name: 'DeliveryError', reason: 'bad_request', retryable: false }),
  );
});
