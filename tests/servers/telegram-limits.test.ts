import { Api, GrammyError, HttpError, InputFile } from 'grammy';
import sharp from 'sharp';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { noRate } from '#tests/servers/rates.ts';
import { startTelegramServer, type TelegramServer } from '#tests/servers/telegram.ts';

type Person = ReturnType<TelegramServer['addPerson']>;
let server: TelegramServer;
let api: Api;
let ada: Person;
let chat: number;
let png: Buffer;

const painted = async (width: number, height: number, format: 'png' | 'jpeg' = 'png') =>
  await sharp({ create: { width, height, channels: 3, background: '#c05030' } })
    .toFormat(format)
    .toBuffer();

beforeAll(async () => {
  png = await painted(40, 30);
});
beforeEach(async () => {
  server = await startTelegramServer({ now: () => 1_800_000_000_000 });
  api = new Api(server.token, { apiRoot: server.url });
  ada = server.addPerson('Ada', { started: true });
  chat = ada.id;
  return async () => {
    await server[Symbol.asyncDispose]();
    expect(server.violations).toEqual([]);
  };
});

/** What a refused call is told. */
async function refusalOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GrammyError)) throw new Error(`not refused: ${error}`);
  return { code: error.error_code, description: error.description, parameters: error.parameters };
}

const photo = (bytes: Uint8Array = png) => new InputFile(bytes, 'fox.png');
const button = (callback_data: string) => ({ reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data }]] } });

test.each<[string, (chat: number) => Promise<unknown>, string]>([
  ['an empty text', (to) => api.sendMessage(to, ''), 'message text is empty'],
  ['a text of white space', (to) => api.sendMessage(to, ' \n\u200b'), 'text must be non-empty'],
  ['a text of 4,097 characters', (to) => api.sendMessage(to, 'a'.repeat(4097)), 'message is too long'],
  ['emoji that count double', (to) => api.sendMessage(to, '🦊'.repeat(2049)), 'message is too long'],
  [
    'broken HTML',
    (to) => api.sendMessage(to, '<b>a', { parse_mode: 'HTML' }),
    `can't parse entities: Can't find end tag corresponding to start tag "b"`,
  ],
  ['button data of 65 bytes', (to) => api.sendMessage(to, 'a', button('é'.repeat(33))), 'BUTTON_DATA_INVALID'],
  ['empty button data', (to) => api.sendMessage(to, 'a', button('')), 'BUTTON_DATA_INVALID'],
  [
    'a button without an action',
    (to) => api.sendMessage(to, 'a', { reply_markup: { inline_keyboard: [[{ text: 'Go' } as never]] } }),
    `can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard`,
  ],
  [
    '101 buttons',
    (to) =>
      api.sendMessage(to, 'a', {
        reply_markup: { inline_keyboard: Array.from({ length: 101 }, () => [{ text: 'Go', callback_data: 'go' }]) },
      }),
    'reply markup is too long',
  ],
  [
    'a link without a host',
    (to) => api.sendMessage(to, 'a', { reply_markup: { inline_keyboard: [[{ text: 'Go', url: 'nowhere' }]] } }),
    `inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL`,
  ],
  [
    'formatting past the end',
    (to) => api.sendMessage(to, 'ab', { entities: [{ type: 'bold', offset: 1, length: 2 }] }),
    'entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 3',
  ],
  [
    'Markdown, not served here',
    (to) => api.sendMessage(to, '*a*', { parse_mode: 'MarkdownV2' }),
    'unsupported parse_mode',
  ],
  ['201 characters for a press', () => api.answerCallbackQuery('1', { text: 'a'.repeat(201) }), 'MESSAGE_TOO_LONG'],
  ['an empty file', (to) => api.sendDocument(to, photo(Buffer.alloc(0))), 'file must be non-empty'],
  [
    'an answer to nothing',
    (to) => api.sendMessage(to, 'a', { reply_parameters: { message_id: 99 } }),
    'message to be replied not found',
  ],
  ['a topic where none are', (to) => api.sendMessage(to, 'a', { message_thread_id: 5 }), 'message thread not found'],
  ['an unknown chat', () => api.sendMessage(123, 'a'), 'chat not found'],
  [
    'a caption of 1,025 characters',
    (to) => api.sendPhoto(to, photo(), { caption: 'a'.repeat(1025) }),
    'message caption is too long',
  ],
  ['no picture', (to) => api.sendPhoto(to, photo(Buffer.from('not a picture'))), 'IMAGE_PROCESS_FAILED'],
  ['a strip', async (to) => await api.sendPhoto(to, photo(await painted(420, 20))), 'PHOTO_INVALID_DIMENSIONS'],
  [
    '10,001 pixels of sides',
    async (to) => await api.sendPhoto(to, photo(await painted(9001, 1000))),
    'PHOTO_INVALID_DIMENSIONS',
  ],
  [
    'an album of one',
    (to) => api.sendMediaGroup(to, [{ type: 'photo', media: photo() }]),
    'too few messages to send as an album',
  ],
  [
    'an album of eleven',
    (to) =>
      api.sendMediaGroup(
        to,
        Array.from({ length: 11 }, () => ({ type: 'photo', media: photo() }) as const),
      ),
    'too many messages to send as an album',
  ],
  [
    'a mixed album',
    (to) => api.sendMediaGroup(to, [{ type: 'photo', media: photo() }, { type: 'document', media: photo() } as never]),
    `document can't be mixed with other media types`,
  ],
  ['an unknown file id', (to) => api.sendPhoto(to, 'AgACnothing'), 'wrong file identifier/HTTP URL specified'],
  ['an edit of nothing', (to) => api.editMessageText(to, 99, 'a'), 'message to edit not found'],
  ['a deletion of nothing', (to) => api.deleteMessage(to, 99), 'message to delete not found'],
  [
    'an answer to no press',
    () => api.answerCallbackQuery('1'),
    'query is too old and response timeout expired or query ID is invalid',
  ],
  ['a command with capitals', () => api.setMyCommands([{ command: 'Go', description: 'a' }]), 'BOT_COMMAND_INVALID'],
  [
    'a command without description',
    () => api.setMyCommands([{ command: 'go', description: '' }]),
    'command description must be non-empty',
  ],
  [
    '101 commands',
    () => api.setMyCommands(Array.from({ length: 101 }, (_, n) => ({ command: `c${n}`, description: 'a' }))),
    'BOT_COMMANDS_TOO_MUCH',
  ],
  [
    'a webhook without https',
    () => api.setWebhook('http://example.com/hook'),
    'bad webhook: An HTTPS URL must be provided for webhook',
  ],
  [
    'a bad secret',
    () => api.setWebhook('https://example.com/hook', { secret_token: 'a b' }),
    'secret token contains unallowed characters',
  ],
  ['an unknown file', () => api.getFile('nothing'), 'invalid file_id'],
])('refuses %s', async (_, call, description) => {
  expect(await refusalOf(call(chat))).toMatchObject({ code: 400, description: `Bad Request: ${description}` });
  expect(server.seen(chat, ada.id)).toEqual([]);
});

test('counts text after parsing, and takes exactly the limit', async () => {
  await api.sendMessage(chat, `<b>${'&lt;'.repeat(4096)}</b>`, { parse_mode: 'HTML' });
  expect(server.seen(chat, ada.id)[0]?.text).toBe('<'.repeat(4096));
  await api.sendPhoto(chat, photo(), { caption: 'a'.repeat(1024) });
});

test('refuses photos over 10 MB and files over 50 MB', async () => {
  const heavy = Buffer.alloc(10 * 1024 * 1024 + 1);
  expect((await refusalOf(api.sendPhoto(chat, photo(heavy)))).description).toContain('is too big for a photo');
  await api.sendDocument(chat, photo(heavy));
  const tooLarge = { code: 413, description: 'Request Entity Too Large' };
  expect(await refusalOf(api.sendDocument(chat, photo(Buffer.alloc(52 * 1024 * 1024))))).toMatchObject(tooLarge);
});

test('a tightened limit is refused the same way', async () => {
  await using small = await startTelegramServer({ limits: { fileBytesMax: 50 } });
  const person = small.addPerson('Ada', { started: true });
  const call = new Api(small.token, { apiRoot: small.url }).sendDocument(person.id, photo());
  expect(await refusalOf(call)).toMatchObject({ code: 413 });
});

test('does not edit what stays the same, what others wrote, nor text into a caption', async () => {
  const sent = await api.sendMessage(chat, '<b>a</b>', { parse_mode: 'HTML', ...button('go') });
  const same = api.editMessageText(chat, sent.message_id, '<strong>a</strong>', {
    parse_mode: 'HTML',
    ...button('go'),
  });
  expect((await refusalOf(same)).description).toContain('Bad Request: message is not modified');
  const theirs = await ada.write('bot', 'mine');
  expect((await refusalOf(api.editMessageText(chat, theirs.id, 'b'))).description).toBe(
    `Bad Request: message can't be edited`,
  );
  const picture = await api.sendPhoto(chat, photo());
  const text = await refusalOf(api.editMessageText(chat, picture.message_id, 'b'));
  expect(text.description).toBe('Bad Request: there is no text in the message to edit');
  const caption = await refusalOf(api.editMessageCaption(chat, sent.message_id, { caption: 'b' }));
  expect(caption.description).toBe('Bad Request: there is no caption in the message to edit');
});

test('tells what keeps it out of a chat', async () => {
  const stranger = server.addPerson('Bo');
  const group = server.addChat({ type: 'group', creator: ada });
  const forum = server.addChat({ type: 'supergroup', forum: true, creator: ada });
  const channel = server.addChat({ type: 'channel', bot: 'member' });
  const robot = server.addPerson('Robot', { isBot: true });
  const to = async (id: number, options = {}) => await refusalOf(api.sendMessage(id, 'a', options));

  expect(await to(stranger.id)).toMatchObject({
    code: 403,
    description: "Forbidden: bot can't initiate conversation with a user",
  });
  expect(await to(robot.id)).toMatchObject({ code: 403, description: "Forbidden: bots can't send messages to bots" });
  ada.block();
  expect(await to(ada.id)).toMatchObject({ code: 403, description: 'Forbidden: bot was blocked by the user' });
  ada.unblock();
  ada.deactivate();
  expect(await to(ada.id)).toMatchObject({ code: 403, description: 'Forbidden: user is deactivated' });
  expect(await to(channel.id)).toMatchObject({
    code: 400,
    description: 'Bad Request: need administrator rights in the channel chat',
  });
  expect(await to(forum.id, { message_thread_id: 1 })).toMatchObject({
    description: 'Bad Request: message thread not found',
  });
  const topic = forum.addTopic('Foxes');
  forum.closeTopic(topic);
  expect(await to(forum.id, { message_thread_id: topic })).toMatchObject({ description: 'Bad Request: TOPIC_CLOSED' });
  const next = group.migrate();
  expect(await to(group.id)).toMatchObject({ code: 400, parameters: { migrate_to_chat_id: next.id } });
  next.setMember('bot', 'kicked');
  expect(await to(next.id)).toMatchObject({
    code: 403,
    description: 'Forbidden: bot was kicked from the supergroup chat',
  });
  next.setMember('bot', 'left');
  expect(await to(next.id)).toMatchObject({
    code: 403,
    description: 'Forbidden: bot is not a member of the supergroup chat',
  });
});

test('forbids what the chat forbids its members', async () => {
  const group = server.addChat({ type: 'supergroup', creator: ada });
  group.forbid('photos');
  const refused = await refusalOf(api.sendPhoto(group.id, photo()));
  expect(refused).toMatchObject({
    code: 400,
    description: 'Bad Request: not enough rights to send photos to the chat',
  });
  await api.sendDocument(group.id, photo());
  group.setMember('bot', 'administrator');
  await api.sendPhoto(group.id, photo());
  group.setMember('bot', 'restricted', { forbid: ['text'] });
  expect((await refusalOf(api.sendMessage(group.id, 'a'))).description).toContain(
    'not enough rights to send text messages',
  );
});

test('floods: a burst passes, then a message a second, and pushing on lengthens the wait', async () => {
  for (const text of ['1', '2', '3']) await api.sendMessage(chat, text);
  const flooded = { code: 429, description: 'Too Many Requests: retry after 1', parameters: { retry_after: 1 } };
  expect(await refusalOf(api.sendMessage(chat, '4'))).toEqual(flooded);
  expect((await refusalOf(api.editMessageText(chat, 1, 'x'))).parameters).toEqual({ retry_after: 2 });
  expect(server.floods.map(({ method }) => method)).toEqual(['sendMessage', 'editMessageText']);
  server.advance(2000);
  await api.editMessageText(chat, 1, 'x');
});

test('floods: a group has twenty a minute, and every picture of an album counts', async () => {
  const group = server.addChat({ type: 'supergroup', creator: ada });
  const album = () =>
    api.sendMediaGroup(
      group.id,
      Array.from({ length: 10 }, () => ({ type: 'photo', media: photo() }) as const),
    );
  await album();
  server.advance(5000);
  await album();
  server.advance(5000);
  const { parameters } = await refusalOf(api.sendMessage(group.id, 'a'));
  expect(parameters.retry_after).toBe(50);
  server.advance(parameters.retry_after ? parameters.retry_after * 1000 : 0);
  await api.sendMessage(group.id, 'a');
});

test('floods: thirty a second over all chats', async () => {
  const people = Array.from({ length: 31 }, (_, n) => server.addPerson(`P${n}`, { started: true }));
  const answers = await Promise.allSettled(people.map(({ id }) => api.sendMessage(id, 'a')));
  expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(1);
});

test('rates can be switched off', async () => {
  await using free = await startTelegramServer({ rates: { chat: noRate, group: noRate, all: noRate } });
  const person = free.addPerson('Ada', { started: true });
  const calls = new Api(free.token, { apiRoot: free.url });
  await Promise.all(Array.from({ length: 60 }, (_, n) => calls.sendMessage(person.id, `${n}`)));
  expect(free.seen(person.id, person.id)).toHaveLength(60);
});

test('plays each fault', async () => {
  const match = ({ method }: { method: string }) => method === 'sendMessage';
  server.fail({ match, kind: 'rate_limited', retryAfterMs: 7000 });
  expect(await refusalOf(api.sendMessage(chat, 'a'))).toMatchObject({ code: 429, parameters: { retry_after: 7 } });
  server.fail({ match, kind: 'server_error' });
  expect(await refusalOf(api.sendMessage(chat, 'b'))).toMatchObject({ code: 500 });
  server.fail({ match, kind: 'gone' });
  expect(await refusalOf(api.sendMessage(chat, 'c'))).toMatchObject({
    code: 400,
    description: 'Bad Request: chat not found',
  });
  server.fail({ match, kind: 'forbidden' });
  expect(await refusalOf(api.sendMessage(chat, 'd'))).toMatchObject({ code: 403 });
  server.fail({ match, kind: 'refused', status: 401, description: 'Unauthorized' });
  expect(await refusalOf(api.sendMessage(chat, 'e'))).toMatchObject({ code: 401 });
  server.fail({ match, kind: 'html' });
  await expect(api.sendMessage(chat, 'f')).rejects.toThrow(HttpError);
  server.fail({ match, kind: 'drop' });
  await expect(api.sendMessage(chat, 'g')).rejects.toThrow(HttpError);
  expect(server.seen(chat, ada.id)).toEqual([]);
  server.fail({ match, kind: 'cut_after' });
  await expect(api.sendMessage(chat, 'h')).rejects.toThrow(HttpError);
  server.fail({ match, kind: 'slow', delayMs: 20 });
  await api.sendMessage(chat, 'i');
  expect(server.seen(chat, ada.id).map(({ text }) => text)).toEqual(['h', 'i']);
  expect(server.floods).toEqual([]);
});

test('a wrong token is nobody', async () => {
  expect(await refusalOf(new Api('1:x', { apiRoot: server.url }).getMe())).toMatchObject({
    code: 401,
    description: 'Unauthorized',
  });
});

test.skipIf(!process.env.WIRE_SPECS)('records calls that break the published spec (needs WIRE_SPECS)', async () => {
  const post = async (method: string, body: unknown) =>
    await fetch(`${server.url}/bot${server.token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  await post('sendMessage', { chat_id: chat, text: 'a', disable_web_page_preview: true });
  await post('editMessageText', { chat_id: chat, message_id: '1', text: 'b' });
  await post('sendMessage', { chat_id: chat });
  await post('sendMessage', {
    chat_id: chat,
    text: 'c',
    reply_markup: { inline_keyboard: [[{ text: 'd', callback_data: 5 }]] },
  });
  await post('setMyCommands', { commands: [{ command: 'a' }], scope: { type: 'everywhere' } });
  expect(server.violations).toEqual([
    'sendMessage: disable_web_page_preview is no parameter.',
    'editMessageText: message_id must be Integer, not "1".',
    'sendMessage: text is required.',
    'sendMessage: reply_markup.inline_keyboard[0][0].callback_data must be String, not 5.',
    'setMyCommands: commands[0].description is required.',
    expect.stringMatching(/^setMyCommands: scope is none of BotCommandScopeDefault/),
  ]);
  (server.violations as string[]).length = 0;
});
