import { createServer, type RequestListener } from 'node:http';
import { Api, Bot, type Context, GrammyError, InputFile, webhookCallback } from 'grammy';
import sharp from 'sharp';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { closeServer, listen } from '#tests/servers/listen.ts';
import { startTelegramServer, type TelegramServer } from '#tests/servers/telegram.ts';

type Person = ReturnType<TelegramServer['addPerson']>;
let server: TelegramServer;
let api: Api;
let ada: Person;
let png: Buffer;

beforeAll(async () => {
  png = await sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#c05030' } })
    .png()
    .toBuffer();
});
beforeEach(async () => {
  server = await startTelegramServer({ retryDelayMs: 10, rateScale: 1000 });
  api = new Api(server.token, { apiRoot: server.url });
  ada = server.addPerson('Ada', { username: 'ada_l', languageCode: 'de', started: true });
  return async () => {
    await server[Symbol.asyncDispose]();
    expect(server.violations).toEqual([]);
  };
});

function createBot(): Bot {
  const bot = new Bot(server.token, { client: { apiRoot: server.url } });
  bot.command('imagine', (context) => context.reply(`drawing ${context.match}`, reply(context)));
  bot.on('callback_query:data', async (context) => {
    await context.answerCallbackQuery({ text: `pressed ${context.callbackQuery.data}` });
    await context.editMessageText('done');
  });
  bot.on('message:photo', async (context) => {
    const { file_path } = await context.getFile();
    const response = await fetch(`${server.url}/file/bot${server.token}/${file_path}`);
    const { width, format } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
    await context.reply(`${format} ${width}`);
  });
  return bot;
}

const go = { reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] } };
const reply = ({ message }: Context) => ({
  reply_parameters: { message_id: message?.message_id ?? 0 },
  reply_markup: { inline_keyboard: [[{ text: 'Stop', callback_data: 'stop 1' }]] },
});

/** A bot that polls until the test leaves. */
function polling(bot = createBot()): AsyncDisposable {
  const running = bot.start();
  return {
    async [Symbol.asyncDispose]() {
      await bot.stop();
      await running;
    },
  };
}

/** An address that takes webhooks. */
async function takeWebhooks(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const hook = createServer(listener);
  return { url: `${await listen(hook)}/hook`, [Symbol.asyncDispose]: () => closeServer(hook) };
}

test('a bot that polls is written to, answers, and hears a button', async () => {
  await using _ = polling();
  const asked = await ada.write('bot', '/imagine a fox');
  const shown = await server.until(ada.id, ada.id, (seen) => seen.find(({ text }) => text === 'drawing a fox'));
  expect(shown).toMatchObject({
    fromBot: true,
    private: true,
    replyTo: asked.id,
    actions: [{ label: 'Stop', data: 'stop 1', row: 0 }],
  });
  const pressed = ada.press(shown, 'Stop');
  expect(await pressed.answered()).toEqual({ text: 'pressed stop 1', alert: false });
  const edited = await server.until(ada.id, ada.id, (seen) => seen.find(({ text }) => text === 'done'));
  expect(edited).toMatchObject({ id: shown.id, edits: 1, actions: [] });
  expect(() => ada.press(edited, 'Stop')).toThrow('has no button Stop');
  await server.taken();
});

test('a photo arrives as smaller JPEGs, a document as it was', async () => {
  await using _ = polling();
  await ada.write('bot', 'look', { photo: png });
  await server.until(ada.id, ada.id, (seen) => seen.find(({ text }) => text === 'jpeg 1600'));
  const { files } = await seenDocument();
  expect(Buffer.from(files[0]?.bytes ?? []).equals(png)).toBe(true);
});

async function seenDocument() {
  await ada.write('bot', '', { document: { name: 'fox.png', bytes: png } });
  return await server.until(ada.id, ada.id, (seen) => seen.find(({ files }) => files.length > 0));
}

test('photos, documents and albums are seen with their bytes, names and captions', async () => {
  const photo = (name = 'fox.png') => new InputFile(png, name);
  await api.sendPhoto(ada.id, photo('my "fox" (1) ü.png'), {
    caption: 'a <b>fox</b>',
    parse_mode: 'HTML',
    has_spoiler: true,
  });
  await api.sendDocument(ada.id, photo('fox final.png'), { disable_notification: true });
  const album = await api.sendMediaGroup(ada.id, [
    { type: 'photo', media: photo(), caption: 'both' },
    { type: 'photo', media: photo() },
  ]);
  const [single, document, first, second] = server.seen(ada.id, ada.id);
  expect(single).toMatchObject({ text: 'a fox', markup: [{ kind: 'bold', text: 'fox' }], edits: 0, silent: false });
  expect(single?.images).toMatchObject([
    { name: 'my "fox" (1) ü.png', width: 1600, height: 1200, spoiler: true, recompressed: true },
  ]);
  expect(Buffer.from(single?.images[0]?.bytes ?? []).equals(png)).toBe(true);
  expect(document).toMatchObject({ silent: true, images: [], files: [{ name: 'fox final.png', type: 'image/png' }] });
  expect(first?.album).toBe(second?.album);
  expect(album.map((message) => 'media_group_id' in message && message.media_group_id)).toEqual([
    first?.album,
    first?.album,
  ]);

  const sizes = photoOf(album[0]);
  await api.sendPhoto(ada.id, sizes.at(-1)?.file_id ?? '');
  await api.editMessageMedia(ada.id, single?.id ?? 0, { type: 'photo', media: photo('hare.png'), caption: 'a hare' });
  const after = server.seen(ada.id, ada.id);
  expect(after[0]).toMatchObject({ text: 'a hare', edits: 1, images: [{ name: 'hare.png', spoiler: false }] });
  expect(Buffer.from(after[4]?.images[0]?.bytes ?? []).equals(png)).toBe(true);
  await api.deleteMessage(ada.id, single?.id ?? 0);
  expect(server.seen(ada.id, ada.id)).toHaveLength(4);
});

function photoOf(message: object | undefined): { file_id: string }[] {
  return message && 'photo' in message ? (message.photo as { file_id: string }[]) : [];
}

test('tells asked formatting from what Telegram links by itself, and who is pinged', async () => {
  const bo = server.addPerson('Bo');
  const group = server.addChat({ type: 'supergroup', members: [ada, bo] });
  const cem = server.addPerson('Cem', { username: 'cem_k' });
  const typed = 'ask @ada_l and @cem_k at example.org';
  await api.sendMessage(group.id, `<b>Hi</b> <a href="tg://user?id=${bo.id}">Bo</a>, ${typed}`, { parse_mode: 'HTML' });
  await api.sendMessage(group.id, `<code>${typed}</code>`, {
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  });
  const [open, quoted] = server.seen(group.id, ada.id);
  expect(open?.text).toBe(`Hi Bo, ${typed}`);
  expect(open?.markup).toEqual([
    { kind: 'bold', text: 'Hi' },
    { kind: 'text_mention', text: 'Bo', person: bo.id },
  ]);
  expect(open?.autolinks).toEqual([
    { kind: 'mention', text: '@ada_l', person: ada.id },
    { kind: 'mention', text: '@cem_k', person: cem.id },
    { kind: 'url', text: 'example.org' },
  ]);
  expect(open).toMatchObject({ pings: [bo.id, ada.id], preview: 'http://example.org/' });
  expect(quoted).toMatchObject({ autolinks: [], pings: [], markup: [{ kind: 'code', text: typed }] });
  expect(quoted).not.toHaveProperty('preview');
  expect(server.seen(group.id, cem.id)).toEqual([]);
});

test('in groups the bot hears commands, replies and mentions alone, unless it is an administrator', async () => {
  const texts: string[] = [];
  const bot = createBot();
  bot.use(async ({ message }) => void texts.push(message?.text ?? 'service'));
  const group = server.addChat({ type: 'supergroup', creator: ada });
  const said = await api.sendMessage(group.id, 'hello');
  for (const text of [
    'chatter',
    '/status',
    '/status@other_bot',
    `/status@${server.bot.username}`,
    `hey @${server.bot.username}`,
  ]) {
    await ada.write(group, text);
  }
  await ada.write(group, 'an answer', { replyTo: { chatId: group.id, id: said.message_id } });
  group.setMember('bot', 'administrator');
  await ada.write(group, 'more chatter');
  await using _ = polling(bot);
  await server.taken();
  const own = `@${server.bot.username}`;
  expect(texts).toEqual(['/status', `/status${own}`, `hey ${own}`, 'an answer', 'service', 'more chatter']);
});

test('topics: messages carry their thread and reply to what opened it; the general topic has none', async () => {
  const forum = server.addChat({ type: 'supergroup', forum: true, creator: ada });
  const topic = forum.addTopic('Foxes');
  await ada.write(forum, '/imagine a fox', { topic });
  await ada.write(forum, '/imagine a hare');
  const updates = await api.getUpdates();
  expect(updates.map(({ message }) => message)).toMatchObject([
    { message_thread_id: topic, is_topic_message: true, forum_topic_created: { name: 'Foxes' } },
    { message_thread_id: topic, is_topic_message: true, reply_to_message: { message_id: topic } },
    { text: '/imagine a hare', chat: { is_forum: true } },
  ]);
  expect(updates[2]?.message).not.toHaveProperty('message_thread_id');
  await api.sendMessage(forum.id, 'here', { message_thread_id: topic });
  expect(server.seen(forum.id, ada.id).at(-1)).toMatchObject({ text: 'here', thread: topic });
});

test('anonymous administrators write as the group, channels as themselves', async () => {
  const group = server.addChat({ type: 'supergroup', creator: ada });
  const channel = server.addChat({ type: 'channel', creator: ada });
  await ada.write(group, '/imagine', { anonymous: true });
  await channel.post('/imagine');
  const [message, post] = await api.getUpdates();
  expect(message?.message).toMatchObject({ from: { username: 'GroupAnonymousBot' }, sender_chat: { id: group.id } });
  expect(post?.channel_post).toMatchObject({ sender_chat: { id: channel.id }, chat: { type: 'channel' } });
  expect(post?.channel_post).not.toHaveProperty('from');
  expect(await api.getChatMember(group.id, ada.id)).toMatchObject({ status: 'creator' });
  expect(await api.getChatAdministrators(channel.id)).toHaveLength(2);
});

test('the bot hears of its own membership and of migration', async () => {
  const group = server.addChat({ type: 'group', creator: ada, bot: 'left' });
  group.setMember('bot', 'member');
  ada.block();
  ada.unblock();
  const next = group.migrate();
  next.setMember('bot', 'kicked');
  const updates = await api.getUpdates();
  const memberships = updates.flatMap(({ my_chat_member: change }) => (change ? [change] : []));
  expect(
    memberships.map(({ old_chat_member, new_chat_member }) => [old_chat_member.status, new_chat_member.status]),
  ).toEqual([
    ['left', 'member'],
    ['member', 'kicked'],
    ['kicked', 'member'],
    ['member', 'kicked'],
  ]);
  expect(updates.map(({ message }) => message?.migrate_to_chat_id).filter(Boolean)).toEqual([next.id]);
});

test('unconfirmed updates come again, confirmed ones do not', async () => {
  await ada.write('bot', 'one');
  await ada.write('bot', 'two');
  const [one] = await api.getUpdates({ limit: 1 });
  expect(await api.getUpdates({ limit: 1 })).toEqual([one]);
  const [two] = await api.getUpdates({ offset: (one?.update_id ?? 0) + 1 });
  expect(two?.message?.text).toBe('two');
  await server.redeliver(server.deliveries[0]);
  expect((await api.getUpdates({ offset: (two?.update_id ?? 0) + 1 })).map(({ update_id }) => update_id)).toEqual([
    one?.update_id,
  ]);
  expect(server.pending).toBe(0);
});

test('a new poll ends the one that waits, and a webhook ends and bars polls', async () => {
  const codes: Promise<unknown>[] = [];
  const poll = () => {
    const calls = server.requests.length;
    codes.push(
      api.getUpdates({ timeout: 30 }).then(
        () => 200,
        (error: GrammyError) => error.description,
      ),
    );
    return server.until(ada.id, ada.id, () => server.requests.length > calls);
  };
  await poll();
  await poll();
  await using hook = await takeWebhooks((_, response) => void response.end());
  await api.setWebhook(hook.url);
  await expect(api.getUpdates()).rejects.toThrow("409: Conflict: can't use getUpdates method while webhook is active");
  expect(await Promise.all(codes)).toEqual([
    'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    'Conflict: terminated by setWebhook request',
  ]);
});

test('a webhook gets the secret, answers with calls, and is asked again until it takes an update', async () => {
  const secrets: unknown[] = [];
  const statuses = [500, 200];
  await using hook = await takeWebhooks(({ headers }, response) => {
    secrets.push(headers['x-telegram-bot-api-secret-token']);
    response.statusCode = statuses.shift() ?? 200;
    response.end(JSON.stringify({ method: 'sendMessage', chat_id: ada.id, text: 'from the answer' }));
  });
  await api.setWebhook(hook.url, { secret_token: 'hush', max_connections: 5 });
  await ada.write('bot', '/imagine');
  await server.until(ada.id, ada.id, (seen) => seen.some(({ text }) => text === 'from the answer'));
  await server.taken();
  expect(secrets).toEqual(['hush', 'hush']);
  expect(server.deliveries).toMatchObject([
    { type: 'message', attempt: 1, status: 500 },
    { type: 'message', attempt: 2, status: 200 },
  ]);
  expect(server.deliveries[0]?.updateId).toBe(server.deliveries[1]?.updateId);
  expect(await api.getWebhookInfo()).toMatchObject({ url: hook.url, pending_update_count: 0, max_connections: 5 });
  expect(await server.redeliver()).toMatchObject({ attempt: 3, status: 200, updateId: server.deliveries[0]?.updateId });
  await api.deleteWebhook();
  expect((await api.getWebhookInfo()).url).toBe('');
});

test('the SDK takes webhooks, one chat in order', async () => {
  const bot = createBot();
  await bot.init();
  await using hook = await takeWebhooks(webhookCallback(bot, 'http', { secretToken: 'hush' }));
  server.deliverTo(hook.url, 'hush');
  for (let n = 0; n < 20; n += 1) await ada.write('bot', `/imagine ${n}`);
  await server.taken();
  const drawn = server.seen(ada.id, ada.id).filter(({ fromBot }) => fromBot);
  expect(drawn.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, n) => `drawing ${n}`));
});

test('allowed_updates decides what is sent', async () => {
  await api.getUpdates({ allowed_updates: ['message', 'message_reaction'] });
  const { message_id: id } = await api.sendMessage(ada.id, 'hi', go);
  ada.press({ chatId: ada.id, id }, 'go');
  ada.react({ chatId: ada.id, id }, '👍');
  const updates = await api.getUpdates();
  expect(updates.map((update) => Object.keys(update)[1])).toEqual(['message_reaction']);
});

test('an old press is not answered any more, nor a second time', async () => {
  const { message_id: id } = await api.sendMessage(ada.id, 'hi', go);
  const at = { chatId: ada.id, id };
  const [first, second] = [ada.press(at, 'go'), ada.press(at, 'Go')];
  expect(first.got).toBe('loading');
  const queries = (await api.getUpdates()).map(({ callback_query: query }) => query?.id ?? '');
  await api.answerCallbackQuery(queries[0] ?? '', { text: 'ok', show_alert: true });
  expect(first.got).toEqual({ text: 'ok', alert: true });
  await expect(api.answerCallbackQuery(queries[0] ?? '')).rejects.toThrow('query is too old');
  server.advance(16_000);
  await expect(api.answerCallbackQuery(queries[1] ?? '')).rejects.toThrow('query is too old');
  expect(second.got).toBe('loading');
});

test('a press on a message of days ago comes without the message', async () => {
  const { message_id: id } = await api.sendMessage(ada.id, 'hi', go);
  server.advance(49 * 3_600_000);
  ada.press({ chatId: ada.id, id }, 'Go');
  const [update] = await api.getUpdates();
  expect(update?.callback_query?.message).toEqual({
    chat: expect.objectContaining({ id: ada.id }),
    message_id: id,
    date: 0,
  });
});

test('updates nobody took for a day are gone', async () => {
  await ada.write('bot', 'one');
  server.advance(25 * 3_600_000);
  await ada.write('bot', 'two');
  expect((await api.getUpdates()).map(({ message }) => message?.text)).toEqual(['two']);
});

test('people are offered the most special commands', async () => {
  const group = server.addChat({ type: 'supergroup', admins: [ada] });
  const words = (description: string) => [{ command: 'imagine', description }];
  await api.setMyCommands(words('draw'));
  await api.setMyCommands(words('zeichne'), { language_code: 'de' });
  await api.setMyCommands(words('rule'), { scope: { type: 'all_chat_administrators' } });
  expect(server.commandMenu(ada.id, ada.id)).toEqual(words('zeichne'));
  expect(server.commandMenu(group.id, ada.id)).toEqual(words('rule'));
  expect(await api.getMyCommands({ language_code: 'de' })).toEqual(words('zeichne'));
  await api.deleteMyCommands({ language_code: 'de' });
  expect(server.commandMenu(ada.id, ada.id)).toEqual(words('draw'));
});

test('incoming albums are messages of their own, the first with the caption', async () => {
  await ada.write('bot', '/imagine like these', { album: [png, png] });
  const messages = (await api.getUpdates()).map(({ message }) => message);
  expect(messages).toMatchObject([{ caption: '/imagine like these', caption_entities: [{ type: 'bot_command' }] }, {}]);
  expect(messages[0]?.media_group_id).toBe(messages[1]?.media_group_id);
  expect(messages[0]?.photo?.map(({ width }) => width)).toEqual([90, 320, 800, 1280, 1600]);
});

test('downloads over 20 MB are refused, fast ones are whole', async () => {
  const large = Buffer.alloc(20 * 1024 * 1024 + 1);
  await ada.write('bot', '', { document: { name: 'large.bin', bytes: large } });
  const [update] = await api.getUpdates();
  await expect(api.getFile(update?.message?.document?.file_id ?? '')).rejects.toThrow(
    /400: Bad Request: file is too big/,
  );
});

test('people edit, mention and are mentioned', async () => {
  const bo = server.addPerson('Bo');
  const group = server.addChat({ type: 'supergroup', members: [ada, bo] });
  const at = await ada.write(group, '/imagine Bo', { mentions: [{ text: 'Bo', person: bo }] });
  ada.edit(at, '/imagine a fox');
  const [message, edited] = await api.getUpdates();
  expect(message?.message?.entities).toMatchObject([
    { type: 'bot_command', length: 8 },
    { type: 'text_mention', user: { id: bo.id } },
  ]);
  expect(edited?.edited_message).toMatchObject({ message_id: at.id, text: '/imagine a fox' });
  await expect(bo.write({ id: -1 }, 'x')).rejects.toThrow('Bo is not in chat -1');
});

test('copies and forwards, sets reactions and shows what it does', async () => {
  const { message_id: id } = await api.sendPhoto(ada.id, new InputFile(png, 'fox.png'), { caption: 'fox' });
  await api.copyMessage(ada.id, ada.id, id, { caption: 'copy' });
  await api.forwardMessage(ada.id, ada.id, id);
  await api.setMessageReaction(ada.id, id, [{ type: 'emoji', emoji: '👍' }]);
  await api.sendChatAction(ada.id, 'upload_photo');
  expect(server.seen(ada.id, ada.id)).toMatchObject([
    { text: 'fox', reactions: ['👍'] },
    { text: 'copy' },
    { text: 'fox' },
  ]);
  await expect(api.setMessageReaction(ada.id, id, [{ type: 'emoji', emoji: 'x' as '👍' }])).rejects.toThrow(
    GrammyError,
  );
  expect(server.requests.map(({ method, status }) => `${method} ${status}`)).toContain('setMessageReaction 400');
});
