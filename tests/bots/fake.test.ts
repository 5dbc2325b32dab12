import { expect, test } from 'vitest';
import type { Sender } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { createI18n } from '#src/i18n.ts';
import { outgoing } from '#tests/bots/outgoing.ts';
import { type ChatPlatformSetup, type ContractPerson, describeChatPlatform } from '#tests/contracts/chat-platform.ts';
import { createFakePlatform, fakeLimits } from '#tests/fakes/platform.ts';

const i18n = createI18n();

describeChatPlatform('the fake', async (): Promise<ChatPlatformSetup> => {
  const fake = createFakePlatform();
  const blobs = new Map<string, Uint8Array>();
  let last: Parameters<typeof fake.call> | undefined;
  const say = async (...said: Parameters<typeof fake.call>) => {
    last = said;
    await fake.call(...said);
  };
  const visible = ({ account }: ContractPerson) =>
    fake.messages().filter(({ reader }) => reader === null || reader === account);
  return {
    platform: fake.platform,
    people: {
      asker: { account: 'ada', standing: 'owner', locale: 'en' },
      other: { account: 'bo', standing: 'member', locale: 'zh-TW' },
    },
    stranger: 'sue',
    async putBlob(bytes) {
      const key = String(blobs.size);
      blobs.set(key, bytes);
      return key;
    },
    seen: async (person) =>
      visible(person).map(({ ref, part, edits }) => ({
        id: ref.message,
        text: wordsOf(part),
        images: part.images.map(({ alt, blob }) => ({
          alt: i18n.say(alt, part),
          bytes: blobs.get(blob) ?? new Uint8Array(),
        })),
        actions: part.actions.map(({ id, label }) => ({ id, label: i18n.say(label, part) })),
        choices: (part.choices?.options ?? []).map(({ id, label }) => ({ id, label: i18n.say(label, part) })),
        edits,
      })),
    say: (person, text, files = []) => say(senderOf(person), text, files, { deliveryKey: crypto.randomUUID() }),
    async press(person, messageId, actionId) {
      if (!visible(person).some(({ ref }) => ref.message === messageId)) throw new Error('nothing to press');
      await fake.call(senderOf(person), actionId);
    },
    redeliver: async () => {
      if (last) await fake.call(...last);
    },
    async remove(ref) {
      fake.store.messages = fake.store.messages.filter((message) => message.ref.message !== ref.message);
    },
    reopen: async () => createFakePlatform({ store: fake.store }).platform,
    postsAnything: 'the fake looks at no bytes',
    absent: { platform: 'fake', channel: 'home/general', message: '999' },
    stop: async () => undefined,
  };
});

test('fails as often as it was told to, and then shows the message once', async () => {
  const fake = createFakePlatform();
  const error = new DeliveryError('server', 'a fault', { retryable: true });
  fake.failNext(error, 2);
  await expect(sendHello(fake)).rejects.toBe(error);
  await expect(sendHello(fake)).rejects.toBe(error);
  expect(fake.messages()).toEqual([]);
  await sendHello(fake);
  await sendHello(fake);
  expect(fake.messages()).toHaveLength(1);
  expect(fake.sends).toHaveLength(4);
});

test('loses the answer of a message that it shows all the same', async () => {
  const fake = createFakePlatform();
  fake.failNext(new DeliveryError('network', 'lost', { retryable: true }), 1, { shown: true });
  await expect(sendHello(fake)).rejects.toThrow('lost');
  expect(fake.messages()).toHaveLength(1);
  expect(await sendHello(fake)).toEqual(fake.messages()[0]?.ref);
});

test('shows nothing while it is held', async () => {
  const fake = createFakePlatform();
  fake.hold();
  const sending = sendHello(fake);
  await fake.held(1);
  expect(fake.messages()).toEqual([]);
  const visible = fake.until((messages) => messages.length === 1);
  fake.release();
  await Promise.all([sending, visible]);
  expect(fake.messages()).toHaveLength(1);
});

const hello = outgoing({ lines: [{ verbatim: 'hello' }] });

function sendHello({ platform }: ReturnType<typeof createFakePlatform>) {
  const attempt = {
    key: 'hello',
    workspace: 'home',
    repeat: false,
    limits: fakeLimits,
    pause: () => undefined,
    saveHandle: async () => undefined,
  };
  return platform.send({ platform: 'fake', channel: 'home/general' }, hello, attempt);
}

function senderOf({ account, standing, locale }: ContractPerson): Sender {
  return {
    platform: 'fake',
    workspace: { platformId: 'home', name: 'home' },
    channel: { platformId: 'home/general', name: 'general', limits: fakeLimits },
    account: { platformId: account, name: account, standing },
    locale,
  };
}

function wordsOf(part: OutgoingMessage): string {
  const fields = part.fields.map((field) => i18n.say({ key: 'field', values: field }, part));
  return [...(part.title ? [part.title] : []), ...part.lines]
    .map((text) => i18n.say(text, part))
    .concat(fields)
    .join('\n');
}
