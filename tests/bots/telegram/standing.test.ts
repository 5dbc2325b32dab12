import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StartedTelegram, startTelegram } from '#tests/bots/telegram/start-telegram.ts';
import type { TelegramChat } from '#tests/servers/telegram-groups.ts';
import type { TelegramPerson } from '#tests/servers/telegram-people.ts';

let started: StartedTelegram;
let ada: TelegramPerson;
let bo: TelegramPerson;
let group: TelegramChat;

beforeEach(async () => {
  started = await startTelegram('webhook');
  ada = started.server.addPerson('Ada', { started: true });
  bo = started.server.addPerson('Bo', { started: true });
  group = started.server.addChat({ type: 'supergroup', creator: ada, members: [bo], bot: 'administrator' });
});
afterEach(async () => {
  await started.stop();
  expect(started.server.violations).toEqual([]);
});

const find = (workspace: number, account: number) =>
  started.bot.platform.findStanding(String(workspace), String(account));

test.each([
  ['administrator', 'admin'],
  ['member', 'member'],
  ['restricted', 'member'],
] as const)('a %s of a group is found as its %s without a word of theirs', async (status, standing) => {
  group.setMember(bo, status);
  expect(await find(group.id, bo.id)).toEqual({ standing });
  expect(await find(group.id, ada.id)).toEqual({ standing: 'owner' });
});

test.each(['left', 'kicked'] as const)('who has %s is not in the group', async (status) => {
  group.setMember(bo, status);
  expect(await find(group.id, bo.id)).toBeUndefined();
});

test('a private chat has one person, and a group or channel that writes is nobody', async () => {
  expect(await find(bo.id, bo.id)).toEqual({ standing: 'owner' });
  expect(await find(bo.id, ada.id)).toBeUndefined();
  expect(await find(group.id, group.id - 1)).toBeUndefined();
});

test('who was in a group is found where it has moved to', async () => {
  const small = started.server.addChat({ type: 'group', creator: ada, members: [bo], bot: 'administrator' });
  small.migrate();
  expect(await find(small.id, bo.id)).toEqual({ standing: 'member' });
});

test('nothing is said of somebody while Telegram does not tell', async () => {
  started.server.fail({ match: ({ method }) => method === 'getChatMember', kind: 'server_error' });
  await expect(find(group.id, bo.id)).rejects.toMatchObject({ name: 'DeliveryError' });
  group.setMember('bot', 'kicked');
  await expect(find(group.id, bo.id)).rejects.toMatchObject({ name: 'DeliveryError', reason: 'gone' });
});
